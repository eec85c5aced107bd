# SPDX-License-Identifier: Apache-2.0
"""Requests by the thousand that nobody should send: each gets its answer, its connection its end, and the next request is
answered; nothing behind or inside a bad one is taken for another.

CAPID_ABUSE_REQUESTS says how many; CAPID_ABUSE_SEED repeats what was sent; CAPID_ABUSE_CASE sends one number of it alone."""
import concurrent.futures
import os
import random
import re
import socket
import time
import traceback

import capid as support
import pytest
import stand as stands
from exchange import answers_in, exchange, read_to_the_end
from families import case_of

REQUESTS = int(os.environ.get("CAPID_ABUSE_REQUESTS", "3000"))
SEED = int(os.environ.get("CAPID_ABUSE_SEED", str(random.SystemRandom().randrange(1 << 32))))
ONLY = os.environ.get("CAPID_ABUSE_CASE")
CLIENTS = 6
MOST_FINDINGS = 40
MOST_MEMORY_KIB = 64 << 10   # beyond what it had at rest: a thread's arena, what SQLite keeps, the runs that wait

UNSAFE = re.compile(r"[/\x00-\x1f\x7f]")   # in a file's name

# Unfinished requests whose sender says nothing more; the server waits 15 s for the rest.
STALLED = [b"GET /livez HT", b"GET /livez HTTP/1.1\r\nHost: x\r\n",
           b"POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{", b"GET /livez HTTP/1.1\nHost: x\n\n"]


@pytest.fixture
def stand():
    with stands.server() as capid:
        yield stands.make_stand(capid)


def try_case(stand, case):
    follow = b"" if case.manner in ("reset", "half-closed") else stand.canary if case.kept is False else stands.PROBE
    got = exchange(stand.address, case.sent + follow, case.manner)
    if got is not None:
        answers = answers_in(got)
        stand.note(answers)
        check(case, answers, bool(follow))
    if got is None or len(answers) <= case.before + 1:   # else it was answered on the same connection
        stand.check_alive()


def check(case, answers, followed):
    assert all(answer.status < 500 for answer in answers), "an error of the server's"
    if case.free:
        return
    assert all((answer.status, answer.body) == stands.ALIVE for answer in answers[:case.before])
    rest = answers[case.before:]
    if not rest:
        assert case.silent, "no answer"
        return
    answer = rest[0]
    assert answer.status in case.allowed, f"{answer.status}, not one of {list(case.allowed)}: {answer.body[:300]!r}"
    codes = case.allowed[answer.status]
    if answer.status >= 400:
        assert codes is None or answer.code() in codes, f"{answer.code()}, not one of {codes}"
        assert answer.closes(), "an error that does not say that it is the last answer"
    if not followed:
        assert len(rest) == 1
    elif case.kept is False or answer.closes():
        assert case.kept is not True and len(rest) == 1, f"then {rest[1:]}"
    else:
        assert [(after.status, after.body) for after in rest[1:]] == [stands.ALIVE], f"then {rest[1:]}"


def attempt(stand, number, findings):
    """Adds what was found wrong, with all that it takes to see it again."""
    if len(findings) >= MOST_FINDINGS:
        return
    case = case_of(SEED, number, stand)
    try:
        try_case(stand, case)
    except Exception as error:   # whatever it is, the bytes that led to it are to be told
        where = "" if isinstance(error, AssertionError) else traceback.format_exc()
        findings.append(f"CAPID_ABUSE_SEED={SEED} CAPID_ABUSE_CASE={number}: {error}\n{where}    {case}")


def stall(stand):
    connections = [socket.create_connection(stand.address, timeout=40 * support.PATIENCE) for _ in STALLED]
    for connection, piece in zip(connections, STALLED, strict=True):
        connection.sendall(piece)
    return connections


def check_stalled(connections):
    for connection in connections:
        with connection:
            answers = answers_in(read_to_the_end(connection))
            assert len(answers) <= 1 and all(answer.status in (400, 401, 408) for answer in answers), answers


def check_at_rest(stand):
    """What it holds once everybody has gone."""
    few = stand.threads + len(STALLED)   # a thread waits for 10 s for another connection
    support.wait_until(lambda: stand.count_threads() <= few, 40, "the end of the threads")
    support.wait_until(lambda: len(stand.open_files()) <= len(stand.files), 20, f"the end of the descriptors: {stand.files}, then")
    support.wait_until(lambda: not list((stand.capid.data / "files/incoming").iterdir()), 20, "the end of half a file")
    if not support.SANITIZED:
        grown = stand.resident_kib() - stand.memory_kib
        print(f"memory: {stand.memory_kib} KiB at rest before, {grown} KiB more after")
        assert grown < MOST_MEMORY_KIB


def check_runs(stand):
    known = dict(stand.capid.database("SELECT id, app_id FROM runs"))
    assert "canary" not in known.values(), "a request was taken out of another's bytes"
    assert set(known) - stand.accepted == set(), "there, and nobody was told so"
    assert stand.accepted - set(known) == set(), "accepted, and not there"
    unsafe = [name for name, in stand.capid.database("SELECT name FROM run_files") if name in ("", ".", "..") or UNSAFE.search(name)]
    assert unsafe == []


def test_requests_that_nobody_should_send(stand):
    numbers = [int(ONLY)] if ONLY else range(REQUESTS)
    print(f"seed {SEED}, {len(numbers)} requests")
    begun = time.monotonic()
    stalled = stall(stand)
    findings = []
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        for _ in clients.map(lambda number: attempt(stand, number, findings), numbers):
            pass
    took = time.monotonic() - begun
    print(f"{len(numbers)} requests in {took:.1f} s, {len(numbers) / took:.0f} a second; {len(stand.accepted)} runs accepted")
    assert findings == [], f"{len(findings)} findings:\n" + "\n".join(findings)
    check_stalled(stalled)
    stand.check_alive()
    check_runs(stand)
    check_at_rest(stand)
    assert stand.capid.stop() == 0, "at its end a sanitizer tells of leaks"
    log = stand.capid.log()
    assert "bug" not in log and "a request failed" not in log and "exception" not in log, log[-3000:]

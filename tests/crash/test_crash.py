# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments of load: what was accepted is there, and everything adds up."""
import os
import random
import threading
import time

import capid as support
import requests

ROUNDS = int(os.environ.get("CAPID_CRASH_ROUNDS", "100"))
CLIENTS = 4
SEED = int(os.environ.get("CAPID_CRASH_SEED", str(random.SystemRandom().randrange(1 << 32))))


def load(url, key, accepted, rejected, stop, seed):
    """Posts until told to stop or cut off. An id counts as accepted once its 202 was read to the end."""
    pick = random.Random(seed)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"
    while not stop.is_set():
        app = pick.choice(["quick", "slow", "retry", "fails"])
        files = [("files", (f"{n}.txt", os.urandom(pick.randrange(1, 20_000)))) for n in range(pick.randrange(3))]
        try:
            body = {"data": {"inputs": "{}"}, "files": files} if files else {"json": {}}
            answer = session.post(f"{url}/api/v1/apps/{app}/runs", timeout=30, **body)
        except requests.RequestException:
            return
        time.sleep(pick.uniform(0, 0.05))   # enough runs to kill, few enough to see them all end
        if answer.status_code == 202:
            accepted.append(answer.json()["id"])
        else:
            rejected.append(answer.text)


def processes_of(capid):
    """Every process that still runs an agent of ours, told by a variable of the environment, or by the app's command."""
    found = []
    for entry in support.pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            if b"/app/run.sh" in command and capid.marker.encode() in command:
                found.append(entry.name)
        except OSError:
            continue
    return found


def check_database(capid, accepted):
    runs = dict(capid.database("SELECT id, status FROM runs"))
    lost = [run for run in accepted if run not in runs]
    assert lost == [], f"accepted and lost: {lost}"
    assert set(runs.values()) <= {"completed", "failed"}
    expected = {f"{app} {code}" for app in ("quick", "slow") for code in ("-", "INTERRUPTED")}
    expected |= {"retry -", "fails AGENT_EXIT_NONZERO", "fails INTERRUPTED"}
    errors = dict(capid.database("SELECT DISTINCT app_id || ' ' || coalesce(error_code, '-'), error_message FROM runs"))
    assert {error: errors[error] for error in errors.keys() - expected} == {}
    check_ledger(capid)
    assert capid.database("PRAGMA integrity_check") == [("ok",)]
    assert capid.database("PRAGMA foreign_key_check") == []


def check_ledger(capid):
    assert capid.database("SELECT name FROM accounts WHERE balance != (SELECT coalesce(sum(amount), 0) FROM ledger WHERE account_id = accounts.id)") == []
    expected = """
        SELECT runs.id, group_concat(kind || ' ' || amount, ',') AS entries, error_code, credits
        FROM runs LEFT JOIN ledger ON ledger.run_id = runs.id GROUP BY runs.id"""
    for run, entries, error, credits in capid.database(expected):
        refunded = error == "INTERRUPTED"
        wanted = ["release 1000000", "reserve -1000000"] if refunded else ["charge -1000000", "release 1000000", "reserve -1000000"]
        assert (sorted(entries.split(",")), credits) == (wanted, 0 if refunded else 1_000_000), run


def check_files(capid):
    named = {row[0] for row in capid.database("SELECT blob FROM run_files UNION ALL SELECT blob FROM artifacts")}
    blobs = capid.data / "files/blobs"
    kept = {str(path.relative_to(blobs)) for path in blobs.rglob("*") if path.is_file()}
    assert named <= kept, f"rows without a file: {named - kept}"
    assert kept <= named, f"files without a row: {kept - named}"
    for blob, size in capid.database("SELECT blob, size FROM run_files"):
        assert (blobs / blob).stat().st_size == size
    assert list((capid.data / "files/incoming").iterdir()) == []


def test_nothing_accepted_is_lost_when_the_server_is_killed():
    print(f"{ROUNDS} rounds, CAPID_CRASH_SEED={SEED}")
    pick = random.Random(SEED)
    accepted, rejected = [], []
    with support.server(config="runs: {concurrency: 16, queue_limit: 100000}\n") as capid:
        capid.marker = capid.root.name
        for app, script, more in (
            ("quick", "echo quick > /out/quick.txt", ""),
            ("slow", "sleep 0.2; echo slow", ""),
            ("retry", "sleep 0.1; echo again", "on_interrupt: retry"),
            ("fails", "echo why >&2; exit 1", ""),
        ):
            capid.app(app, f"agent: {{command: [sh, /app/run.sh, {capid.marker}]}}\n{more}", run__sh=script)
        key = None
        for number in range(ROUNDS):
            capid.start()
            key = key or capid.key()
            stop = threading.Event()
            clients = [
                threading.Thread(target=load, args=(capid.url, key, accepted, rejected, stop, pick.random()), daemon=True) for _ in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            time.sleep(pick.uniform(0.02, 0.8) * support.PATIENCE)
            capid.kill()
            stop.set()
            for client in clients:
                client.join(60)
            support.wait_until(lambda: not processes_of(capid), 10, f"the end of every agent after kill {number}")
        capid.start()
        support.wait_until(
            lambda: capid.database("SELECT count(*) FROM runs WHERE status IN ('pending', 'running')") == [(0,)], 300, "the end of every run"
        )
        assert rejected == []
        assert len(accepted) >= ROUNDS, "there was load to speak of"
        check_database(capid, accepted)
        capid.stop()
        capid.start()
        check_files(capid)
        capid.stop()
        total, interrupted = capid.database("SELECT count(*), sum(error_code = 'INTERRUPTED') FROM runs")[0]
        print(f"{len(accepted)} accepted, {total} in the database, {interrupted} interrupted, the rest run to their end")

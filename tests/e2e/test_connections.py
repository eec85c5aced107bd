# SPDX-License-Identifier: Apache-2.0
"""Clients that say nothing, or very little, do not keep others waiting."""
import http.client
import json
import resource
import socket
import statistics
import threading
import time
import urllib.parse

import capid as support
import pytest
import wire

CONNECTIONS = 2000


@pytest.mark.parametrize("kind", ["idle", "byte-a-second"])
def test_two_thousand_slow_connections_do_not_slow_a_fresh_request(capid, kind):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    capid.start()
    url = urllib.parse.urlparse(capid.url)
    slow = []
    stop = threading.Event()

    def drip():
        request = iter(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Padding: " + b"y" * 1000)
        while not stop.is_set():
            byte = bytes([next(request)])
            for connection in slow:
                connection.send(byte)
            stop.wait(1)

    try:
        for _ in range(CONNECTIONS):
            slow.append(socket.create_connection((url.hostname, url.port), timeout=30))
        dripping = threading.Thread(target=drip, daemon=True)
        if kind == "byte-a-second":
            dripping.start()
        support.wait_until(lambda: threads_of(capid) >= CONNECTIONS, 60, "a thread for each connection")
        times = []
        for _ in range(50):
            start = time.monotonic()
            with socket.create_connection((url.hostname, url.port), timeout=30) as fresh:
                fresh.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
                assert fresh.recv(4096).startswith(b"HTTP/1.1 200 OK")
            times.append(time.monotonic() - start)
            time.sleep(0.05)
        print(f"{kind}: median {statistics.median(times) * 1000:.1f} ms, worst {max(times) * 1000:.1f} ms")
        assert statistics.median(times) < 0.05 * support.PATIENCE
        held = sum(1 for connection in slow if is_open(connection))
        assert held == CONNECTIONS, "all are still held open"
    finally:
        stop.set()
        for connection in slow:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def threads_of(capid):
    return len(list((support.pathlib.Path("/proc") / str(capid.server_pid()) / "task").iterdir()))


def is_open(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.setblocking(True)


def test_one_connection_too_many_is_told_so(capid):
    """The bound itself; the server must still answer those who are in."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    capid.start()
    url = urllib.parse.urlparse(capid.url)
    held = []
    try:
        first = socket.create_connection((url.hostname, url.port), timeout=30)
        held.append(first)
        refused = b""
        while not refused and len(held) < 4100:
            one = socket.create_connection((url.hostname, url.port), timeout=30)
            held.append(one)
            if len(held) > 4000:
                one.settimeout(1)
                try:
                    refused = one.recv(4096)
                except TimeoutError:
                    pass
        assert refused.startswith(b"HTTP/1.1 503 "), len(held)
        first.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert first.recv(4096).startswith(b"HTTP/1.1 200 OK")
    finally:
        for connection in held:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def answer_to(capid, request):
    """Everything that comes up to the connection's end, after the client has said all that it has to say."""
    url = urllib.parse.urlparse(capid.url)
    with socket.create_connection((url.hostname, url.port), timeout=30 * support.PATIENCE) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_who_has_said_all_it_has_to_say_gets_a_whole_answer(capid):
    capid.shell_app("app", "head -c 3000000 /dev/zero >/out/a.bin")
    client = capid.start().client()
    run = client.run("app")
    for address, part in ((run["result"]["artifacts"][0]["downloadUrl"], b"\0" * 3_000_000), ("/api/v1/runs", b'"runs":[{"id":"%s"' % run["id"].encode())):
        answer = answer_to(capid, b"GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n" % (address.encode(), client.key.encode()))
        assert answer.startswith(b"HTTP/1.1 200 ") and part in answer, answer[:500]


@pytest.mark.parametrize("extra", [b"", b"Connection: Keep-Alive\r\n"])
def test_a_client_from_before_chunks_gets_none(capid, extra):
    client = capid.start().client()
    answer = answer_to(capid, b"GET /api/v1/runs HTTP/1.0\r\nAuthorization: Bearer %s\r\n%s\r\n" % (client.key.encode(), extra))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"chunked" not in head.lower() and b"connection: close" in head.lower() and json.loads(body)["runs"] == []


LARGE = """
head -c 40000000 /dev/zero >/out/a.bin
head -c 1000000 /dev/zero | tr '\\0' '\\1' | tee /dev/stderr   # in JSON, a control character takes six bytes
"""


def begin_large_answer(client, what):
    """An answer that no buffer holds, of which nothing but the head was read; and its connection."""
    run = client.run("large")
    own = f"/api/v1/runs/{run['id']}"
    path = {"file": run["result"]["artifacts"][0]["downloadUrl"], "events": f"{own}/events", "run": own}[what]
    connection = wire.connect(client.url, room=4096)
    connection.sendall(wire.head(client, "GET", path))
    answer = wire.answer(connection)
    assert answer.status == 200
    return connection, answer


@pytest.mark.parametrize("what", ["file", "events"])
def test_an_answer_on_its_way_is_cut_by_a_stop_and_is_seen_to_be(capid, what):
    capid.shell_app("large", LARGE, "limits: {disk: 100MiB}")
    client = capid.start().client()
    connection, answer = begin_large_answer(client, what)
    idle = wire.connect(capid.url)
    idle.sendall(wire.head(client, "GET", "/livez"))
    assert wire.answer(idle).read() == b'{"status":"ok"}\n'
    capid.process.terminate()
    assert idle.recv(1) == b"", "closed by the stop, which has begun"
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    assert capid.stop() == 0
    connection.close(), idle.close()


@pytest.mark.parametrize("what", ["run", "events"])
def test_who_takes_an_answer_slowly_or_not_at_all_keeps_no_server_from_stopping(capid, what):
    capid.shell_app("large", LARGE, "limits: {disk: 100MiB}")
    client = capid.start().client()
    connection, answer = begin_large_answer(client, what)
    other, slow = begin_large_answer(client, what)
    stopped = threading.Event()

    def read_slowly():   # at a pace that is kept up with otherwise: five minutes for it all
        while not stopped.is_set():
            slow.read(2_000)
            stopped.wait(0.1)

    reader = threading.Thread(target=read_slowly)
    reader.start()
    try:
        assert capid.stop() == 0
    finally:
        stopped.set()
        reader.join()
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    connection.close(), other.close()

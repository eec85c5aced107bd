# SPDX-License-Identifier: Apache-2.0
"""Clients that say nothing, or very little, do not keep others waiting."""
import json
import resource
import socket
import statistics
import threading
import time
import urllib.parse

import capid as support
import pytest

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

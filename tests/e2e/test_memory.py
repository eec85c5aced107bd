# SPDX-License-Identifier: Apache-2.0
"""What the server takes of memory: uploads go to the disk, and a watcher costs next to nothing."""
import http.client
import socket
import threading
import time
import urllib.parse

import capid as support
import pytest

MB = 1_000_000
FILE = b"x" * (10 * MB)


def memory_of(capid):
    """Bytes that the server's process holds."""
    status = (support.pathlib.Path("/proc") / str(capid.server_pid()) / "status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


class Peak:
    """The most that the server holds while the scope lasts, beyond what it held before."""

    def __init__(self, capid):
        self.capid = capid

    def __enter__(self):
        self.before = self.most = memory_of(self.capid)
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def _watch(self):
        while not self.done.wait(0.02):
            self.most = max(self.most, memory_of(self.capid))

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def growth(self):
        return self.most - self.before


def upload(capid, key, statuses):
    """Ten files of 10 MB, sent piece by piece."""
    url = urllib.parse.urlparse(capid.url)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=300)
    head = b'--XX\r\nContent-Disposition: form-data; name="files"; filename="%d.txt"\r\n\r\n'
    length = sum(len(head % number) + len(FILE) + 2 for number in range(10)) + len(b"--XX--\r\n")
    connection.putrequest("POST", "/api/v1/apps/app/runs")
    for name, value in (("Authorization", f"Bearer {key}"), ("Content-Type", "multipart/form-data; boundary=XX"), ("Content-Length", str(length))):
        connection.putheader(name, value)
    connection.endheaders()
    for number in range(10):
        connection.send(head % number)
        connection.send(FILE)
        connection.send(b"\r\n")
    connection.send(b"--XX--\r\n")
    statuses.append(connection.getresponse().status)


# A sanitized build looks for faults here, not at memory, and takes a minute for what others do in seconds: it has fewer.
CLIENTS, RESULTS = (4, 8) if support.SANITIZED else (20, 40)


def test_memory_stays_flat_while_twenty_clients_upload_ten_files_of_10_mb_each(capid):
    capid.shell_app("app", "ls /in/files | wc -l")
    client = capid.start().client()
    client.run("app")
    statuses = []
    with Peak(capid) as peak:
        threads = [threading.Thread(target=upload, args=(capid, client.key, statuses)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(600)
    print(f"grew by {peak.growth() / MB:.1f} MB from {peak.before / MB:.1f} MB")
    assert statuses == [202] * CLIENTS
    for run in client.request("GET", f"/api/v1/runs?limit={CLIENTS}").json()["runs"]:
        assert client.wait(run["id"])["result"]["text"] == "10\n"
    if not support.SANITIZED:
        assert peak.growth() <= 40 * MB


def test_five_hundred_watchers_on_running_runs(capid, many_descriptors):
    """Each sees its run's steps; together they take less than 100 MB."""
    capid.shell_app("talks", "for n in 1 2 3 4 5 6 7 8; do echo $n >&2; sleep 0.5; done")
    client = capid.start().client()
    client.run("talks")
    url = urllib.parse.urlparse(capid.url)
    runs = [client.submit("talks") for _ in range(8)]
    watchers = []
    with Peak(capid) as peak:
        for number in range(500):
            connection = socket.create_connection((url.hostname, url.port), timeout=60)
            connection.sendall(f"GET /api/v1/runs/{runs[number % 8]}/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {client.key}\r\n\r\n".encode())
            watchers.append(connection)
        began = time.monotonic()
        assert client.request("GET", "/livez").status_code == 200
        print(f"a request beside them took {(time.monotonic() - began) * 1000:.1f} ms")
        for connection in watchers:
            text = b""
            while got := connection.recv(1 << 16):
                text += got
            assert text.startswith(b"HTTP/1.1 200 ") and b'"status":"completed"' in text and text.endswith(b"0\r\n\r\n")
            connection.close()
    print(f"500 watchers: grew by {peak.growth() / MB:.1f} MB from {peak.before / MB:.1f} MB")
    if not support.SANITIZED:
        assert peak.growth() <= 100 * MB


def test_a_list_of_large_results_is_never_held_whole(capid):
    """Forty results of a megabyte, six in JSON; one client takes them all, another none."""
    capid.shell_app("large", "head -c 1000000 /dev/zero | tr '\\0' '\\1'")
    client = capid.start().client()
    for run in [client.submit("large") for _ in range(RESULTS)]:
        client.wait(run)
    url = urllib.parse.urlparse(capid.url)
    time.sleep(1)
    with Peak(capid) as peak, socket.socket() as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        idle.connect((url.hostname, url.port))
        idle.sendall(f"GET /api/v1/runs?limit=100 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.key}\r\n\r\n".encode())
        answer = client.request("GET", "/api/v1/runs?limit=100")
        assert len(answer.content) > 5 * MB * RESULTS and len(answer.json()["runs"]) == RESULTS
    print(f"a list of {len(answer.content) / MB:.0f} MB: grew by {peak.growth() / MB:.1f} MB from {peak.before / MB:.1f} MB")
    if not support.SANITIZED:
        assert peak.growth() <= 80 * MB

# SPDX-License-Identifier: Apache-2.0
"""What the server's memory grows by while many clients send large files, and while many watch."""
import contextlib
import pathlib
import socket
import threading
import time
import urllib.parse

import bench
from bench import support

CONFIG = "rate_limit: {requests_per_minute: 1000000}\n"
CLIENTS, FILES, FILE_SIZE = 20, 10, 10 << 20
WATCHERS, RUNNING = 500, 8
PIECE = b"All work and no play makes Jack a dull boy.\n" * 1024
MIB = 1 << 20


def run(table, quick):
    with support.server(config=CONFIG) as server:
        server.shell_app("read", "ls /in/files | wc -l\n", "limits: {disk: 512MiB}\n")
        server.shell_app("wait", "sleep 600\n")
        server.start()
        key = server.key()
        server.client(key).run("read")
        table.add("memory: idle", in_mib(memory_of(server.process.pid)))
        uploads(table, server, key, CLIENTS // 2 if quick else CLIENTS)
        watchers(table, server, key)


def memory_of(pid):
    """(resident, its share of what it shares), in bytes."""
    fields = {}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split()[:2]
        fields[name] = int(value) << 10
    return fields["Rss:"], fields["Pss:"]


def in_mib(memory):
    return f"RSS {memory[0] / MIB:.1f} MB, PSS {memory[1] / MIB:.1f} MB"


class Peak(threading.Thread):
    """Looks at a process every 50 ms until it is stopped."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.most = (0, 0)
        self.over = threading.Event()

    def run(self):
        while True:
            self.most = tuple(map(max, self.most, memory_of(self.pid)))
            if self.over.wait(0.05):
                return

    def stop(self):
        self.over.set()
        self.join()
        return self.most


@contextlib.contextmanager
def connected(url):
    where = urllib.parse.urlsplit(url)
    with contextlib.closing(socket.create_connection((where.hostname, where.port), 120)) as connection:
        yield connection


def upload(url, key, answers):
    """One POST with all its files, streamed: nothing but one piece of a file is ever held."""
    boundary = "----capid-bench"
    heads = [f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="file{i}.txt"\r\n\r\n'.encode() for i in range(FILES)]
    tail = f"--{boundary}--\r\n".encode()
    length = sum(len(head) + FILE_SIZE + 2 for head in heads) + len(tail)
    request = (f"POST /api/v1/apps/read/runs HTTP/1.1\r\nHost: capid\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n"
               f"Content-Type: multipart/form-data; boundary={boundary}\r\nContent-Length: {length}\r\n\r\n")
    with connected(url) as connection:
        connection.sendall(request.encode())
        for head in heads:
            connection.sendall(head)
            send_file(connection)
            connection.sendall(b"\r\n")
        connection.sendall(tail)
        answer = b""
        while piece := connection.recv(1 << 16):
            answer += piece
    answers.append(answer)


def send_file(connection):
    for _ in range(FILE_SIZE // len(PIECE)):
        connection.sendall(PIECE)
    connection.sendall(PIECE[:FILE_SIZE % len(PIECE)])


def uploads(table, server, key, clients):
    idle = memory_of(server.process.pid)
    peak, answers, begun = Peak(server.process.pid), [], time.monotonic()
    peak.start()
    threads = [threading.Thread(target=upload, args=(server.url, key, answers)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - begun
    most = peak.stop()
    assert len(answers) == clients and all(answer.startswith(b"HTTP/1.1 202 ") for answer in answers), answers
    client = server.client(key)
    for run in client.request("GET", "/api/v1/apps/read/runs?limit=100").json()["runs"][:clients]:
        assert client.wait(run["id"], 120)["result"]["text"].split() == [str(FILES)], run
    what = f"memory: growth while {clients} clients send {FILES} x {FILE_SIZE // MIB} MB each"
    table.add(what, in_mib([max(after - before, 0) for after, before in zip(most, idle)]), target="<= 40 MB")
    table.add("memory: those uploads", f"{clients * FILES * FILE_SIZE / MIB / took:.0f} MB/s")


def watchers(table, server, key):
    client = server.client(key)
    runs = [client.submit("wait") for _ in range(RUNNING)]
    for run in runs:
        support.wait_until(lambda: client.get(run)["status"] == "running", 30, "the start of a run")
    idle = memory_of(server.process.pid)
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(connected(server.url)) for _ in range(WATCHERS)]
        for i, connection in enumerate(sockets):
            connection.sendall(f"GET /api/v1/runs/{runs[i % RUNNING]}/events HTTP/1.1\r\nHost: capid\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
        for connection in sockets:
            read_until(connection, b"Starting sandbox")
        most = memory_of(server.process.pid)
        for run in runs:
            assert client.request("POST", f"/api/v1/runs/{run}/cancel").status_code == 200
        for connection in sockets:
            read_until(connection, b'"cancelled"')
    growth = [max(after - before, 0) for after, before in zip(most, idle)]
    table.add(f"memory: growth with {WATCHERS} watchers of running runs", in_mib(growth), target="<= 100 MB")


def read_until(connection, wanted):
    text = b""
    while wanted not in text:
        piece = connection.recv(1 << 16)
        assert piece, f"the stream ended before {wanted}: {text}"
        text += piece

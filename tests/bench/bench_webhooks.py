# SPDX-License-Identifier: Apache-2.0
"""Deliveries a second while runs go on, and how long a delivery takes beside a thousand that nobody answers."""
import asyncio
import concurrent.futures
import contextlib
import multiprocessing
import resource
import socket
import sqlite3
import time

import bench
from bench import support
from hooks import Hooks
from receivers import NEVER_ANSWERS, receiver

CONFIG = "rate_limit: {requests_per_minute: 1000000}\nruns: {queue_limit: 1000000}\n"
RECEIVING = 2   # processes
DEAD = 1000
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


def run(table, quick):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Counter() as counter:
        table.add("webhooks: what the receiver itself takes", f"{counter.capacity():,.0f}/s", target=">= 2,000/s, or it is what is measured")
        drain(table, counter, 8000 if quick else 30_000)
    beside_dead(table, 10 if quick else 40)


class Counter:
    """A receiver that answers 204 and counts, as fast as a few processes can: requests and, of the monotonic clock, when
    the first and the last of them came since it was last cleared."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/hook"
        self.counts = [multiprocessing.Array("d", 3, lock=False) for _ in range(RECEIVING)]
        self.processes = [multiprocessing.Process(target=receive, args=(self.listener, count), daemon=True) for count in self.counts]

    def __enter__(self):
        for process in self.processes:
            process.start()
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.join()
        self.listener.close()

    def clear(self):
        for count in self.counts:
            count[:] = [0, 0, 0]

    @property
    def got(self):
        return int(sum(got for got, _, _ in self.counts))

    @property
    def seconds(self):
        """From the first to the last."""
        busy = [count for count in self.counts if count[0]]
        return max(last for _, _, last in busy) - min(first for _, first, _ in busy)

    def capacity(self, seconds=2):
        """How many short connections with a POST each it takes in a second."""
        def post(end):
            where, posted = self.listener.getsockname(), 0
            while time.monotonic() < end:
                with socket.create_connection(where) as connection:
                    connection.sendall(b"POST /hook HTTP/1.1\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000)
                    assert connection.recv(1000) == ANSWER
                posted += 1
            return posted

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            return sum(pool.map(post, [time.monotonic() + seconds] * 8)) / seconds


class CountingProtocol(asyncio.Protocol):
    def __init__(self, count):
        self.count = count
        self.text = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.text += data
        head, end, rest = self.text.partition(b"\r\n\r\n")
        if end and len(rest) >= int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]):
            self.text = b""
            self.transport.write(ANSWER)
            self.count[2] = time.monotonic()
            self.count[1] = self.count[1] or self.count[2]
            self.count[0] += 1


def receive(listener, count):
    async def serve():
        server = await asyncio.get_running_loop().create_server(lambda: CountingProtocol(count), sock=listener, backlog=4096)
        await server.serve_forever()

    asyncio.run(serve())


class Line:
    """Runs that wait behind one that goes on; each ends when it is cancelled, which makes a delivery."""

    def __init__(self, server):
        server.shell_app("line", "sleep 3600\n", "concurrency: 1")
        self.client = server.start().client()
        first = self.client.submit("line")
        support.wait_until(lambda: self.client.get(first)["status"] == "running")

    def submit(self, url):
        return self.client.request("POST", "/api/v1/apps/line/runs", json={"webhookUrl": url}).json()["id"]

    def cancel(self, run):
        assert self.client.request("POST", f"/api/v1/runs/{run}/cancel").status_code == 200

    def end_at_once(self, url, count):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(self.cancel, list(pool.map(self.submit, [url] * count))))


def drain(table, counter, count):
    """So many deliveries are due when the server starts, and as many runs wait for their turn."""
    with support.server(config=CONFIG) as server:
        Hooks(server)
        server.app("true", "agent: {command: [/bin/true]}\n")
        line = Line(server)
        counter.clear()
        line.end_at_once(counter.url, count)
        support.wait_until(lambda: counter.got == count, 300, "the first deliveries")
        bench.wrk(f"{server.url}/api/v1/apps/true/runs", bench.write_keys(server, 4), 3, "POST", 202, '{"inputs":{}}')
        server.kill()   # a stop would wait for the runs
        make_due(server)
        counter.clear()
        server.start()
        before = completed(server), time.monotonic()
        support.wait_until(lambda: counter.got >= count, 600, "every delivery")
        ran = (completed(server) - before[0]) / (time.monotonic() - before[1])
        support.wait_until(lambda: server.database("SELECT count(*) FROM deliveries WHERE status != 'delivered'") == [(0,)], 60, "the log")
        assert counter.got == count, "each once"
        assert server.database("SELECT 1 FROM runs WHERE status = 'pending' LIMIT 1"), "there were runs all the while"
        server.kill()
        table.add("webhooks: deliveries while runs go on", f"{count / counter.seconds:,.0f}/s", target=">= 200/s")
        table.add("webhooks: runs executed beside them", f"{ran:,.0f}/s")


def completed(server):
    return server.database("SELECT count(*) FROM runs WHERE status = 'completed'")[0][0]


def make_due(server):
    """What `capid webhooks redeliver` does to one delivery, for all at once."""
    with contextlib.closing(sqlite3.connect(server.data / "capid.db")) as connection, connection:
        connection.execute("UPDATE deliveries SET status = 'pending', first_attempt = attempt + 1, next_attempt_at = ?, ended_at = NULL, node = NULL",
                           [int(time.time() * 1000)])
    owner = server.data.stat()
    for path in server.data.glob("capid.db*"):
        support.os.chown(path, owner.st_uid, owner.st_gid)


def beside_dead(table, times):
    """From the end of a run to its arrival, while a thousand deliveries wait for a receiver that says nothing."""
    with support.server(config=CONFIG) as server:
        Hooks(server, timeout="120s")
        line = Line(server)
        with receiver(NEVER_ANSWERS) as dead, receiver() as healthy:
            alone = latencies(line, healthy, times)
            line.end_at_once(dead.url, DEAD)
            dead.wait(DEAD, 60)
            beside = latencies(line, healthy, times)
            assert server.database("SELECT count(*) FROM deliveries WHERE status = 'sending'") == [(DEAD,)], "all are still on their way"
            server.kill()
    table.add(f"webhooks: end of a run to its arrival, beside {DEAD:,} that hang; alone", in_ms(beside), in_ms(alone), target="< 1 s")


def latencies(line, healthy, times):
    took = []
    for run in [line.submit(healthy.url) for _ in range(times)]:
        begun, before = time.monotonic(), len(healthy.requests)
        line.cancel(run)
        took.append(healthy.wait(before + 1).at - begun)
    return took


def in_ms(took):
    return f"median {bench.median(took) * 1000:.0f} ms, most {max(took) * 1000:.0f} ms"

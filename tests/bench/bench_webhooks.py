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
        drain(table, counter, 2000 if quick else 8000)
    beside_dead(table, 10 if quick else 40)


class Counter:
    """A receiver that answers 204 and counts, as fast as a few processes can: `got` requests, the last of them `at`."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/hook"
        self.counts = [(multiprocessing.Value("q", 0, lock=False), multiprocessing.Value("d", 0, lock=False)) for _ in range(RECEIVING)]
        self.processes = [multiprocessing.Process(target=receive, args=(self.listener, *count), daemon=True) for count in self.counts]

    def __enter__(self):
        for process in self.processes:
            process.start()
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.join()
        self.listener.close()

    @property
    def got(self):
        return sum(got.value for got, _ in self.counts)

    @property
    def at(self):
        return max(at.value for _, at in self.counts)

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
    def __init__(self, got, at):
        self.got, self.at = got, at
        self.text = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.text += data
        head, end, rest = self.text.partition(b"\r\n\r\n")
        if end and len(rest) >= int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]):
            self.text = b""
            self.transport.write(ANSWER)
            self.at.value = time.monotonic()
            self.got.value += 1


def receive(listener, got, at):
    async def serve():
        server = await asyncio.get_running_loop().create_server(lambda: CountingProtocol(got, at), sock=listener, backlog=4096)
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
        before = counter.got
        line.end_at_once(counter.url, count)
        support.wait_until(lambda: counter.got - before >= count, 300, "the first deliveries")
        keys = bench.write_keys(server, 4)
        bench.wrk(f"{server.url}/api/v1/apps/true/runs", keys, 3, "POST", 202, '{"inputs":{}}')
        server.kill()   # a stop would wait for the runs
        make_due(server)
        done = completed(server)
        before = counter.got
        server.start()
        begun = time.monotonic()
        support.wait_until(lambda: counter.got - before >= count, 600, "every delivery")
        took = counter.at - begun
        ran = (completed(server) - done) / took
        support.wait_until(lambda: server.database("SELECT count(*) FROM deliveries WHERE status != 'delivered'") == [(0,)], 60, "the log")
        assert counter.got - before == count, "each once"
        server.kill()
        table.add("webhooks: deliveries while runs go on", f"{count / took:,.0f}/s", target=">= 200/s")
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
            support.wait_until(lambda: server.database("SELECT count(*) FROM deliveries WHERE status != 'delivered'") == [(DEAD,)], 60)
            beside = latencies(line, healthy, times)
            assert server.database("SELECT count(*) FROM deliveries WHERE status IN ('pending', 'sending')") == [(DEAD,)], "all are still on their way"
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

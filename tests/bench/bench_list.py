# SPDX-License-Identifier: Apache-2.0
"""How long a page of a long list takes, through one connection that stays open."""
import http.client
import json
import time
import urllib.parse

import bench
import many_runs
from bench import support

CONFIG = "rate_limit: {requests_per_minute: 1000000}\n"
MANIFEST = "agent: {command: [/bin/true]}\n"
APPS = ["report", "summary", "rare"]
TARGET = "p99 < 5 ms"


def run(table, quick):
    count, asked = (200_000, 200) if quick else (1_000_000, 500)
    with support.server(config=CONFIG) as server:
        key = prepare(server, count)
        begun = time.monotonic()
        server.start()
        table.add(f"list: start of the server, {count:,} runs", f"{(time.monotonic() - begun) * 1000:.0f} ms")
        measure(table, server, key, asked)


def prepare(server, count):
    """A database with so many runs; returns a key of the account that has most of them."""
    for app in APPS:
        server.app(app, MANIFEST)
    server.start()
    key = server.key()
    for account in ("second", "third"):
        server.cli("accounts", "add", account)
    server.stop()
    begun = time.monotonic()
    many_runs.fill(str(server.data / "capid.db"), count)
    bench.say(f"   {count:,} runs in {time.monotonic() - begun:.0f} s")
    return key


class KeepAlive:
    """A client with one connection, which does nothing but ask and read."""

    def __init__(self, url, key):
        where = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path):
        """The body, and how many milliseconds it took to come."""
        begun = time.perf_counter()
        self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - begun) * 1000
        assert answer.status == 200, body
        return body, took


def lists(middle):
    """Every list that is asked for: its name, its path, and how many runs the page must hold at least."""
    runs, app = "/api/v1/runs", f"/api/v1/apps/{APPS[1]}/runs"
    return [
        ("plain", runs, 20),
        ("offset=10000", f"{runs}?offset=10000", 20),
        ("limit=100", f"{runs}?limit=100", 100),
        ("status=failed", f"{runs}?status=failed", 20),
        ("status=cancelled", f"{runs}?status=cancelled", 20),
        ("status=running, of which there is none", f"{runs}?status=running", 0),
        ("one app", app, 20),
        ("one app, status=failed", f"{app}?status=failed", 20),
        ("before=", f"{runs}?before={middle}", 20),
        ("tag=", f"{runs}?tag=nightly", 20),
        ("metadata.KEY=", f"{runs}?metadata.team=legal", 20),
        ("tag=, metadata.KEY=", f"{runs}?tag=release&metadata.team=legal", 20),
        ("tag=, offset=10000", f"{runs}?tag=nightly&offset=10000", 20),
        ("tag=, status=failed", f"{runs}?tag=nightly&status=failed", 20),
        ("tag=, status=cancelled", f"{runs}?tag=nightly&status=cancelled", 20),
        ("tag=, status=running, of which there is none", f"{runs}?tag=nightly&status=running", 0),
    ]


def measure(table, server, key, asked):
    client = KeepAlive(server.url, key)
    middle = server.database("SELECT id FROM runs ORDER BY id LIMIT 1 OFFSET (SELECT count(*) / 2 FROM runs)")[0][0]
    for name, path, least in lists(middle):
        times = []
        for _ in range(asked):
            body, took = client.get(path)
            times.append(took)
            if sum(times) > 20_000:   # far from the target: no need to wait for all
                break
        assert len(json.loads(body)["runs"]) >= least, (path, body[:300])
        table.add(f"list: {name}", f"p50 {bench.median(times):.2f} ms, p99 {bench.percentile(times, 0.99):.2f} ms", target=TARGET)

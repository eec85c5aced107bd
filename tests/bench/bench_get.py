# SPDX-License-Identifier: Apache-2.0
"""GETs of one finished run a second, beside the HTTP library alone, which answers the same bytes."""
import bench
from bench import support

CONFIG = "rate_limit: {requests_per_minute: 1000000}\n"
MANIFEST = "agent: {command: [/bin/true]}\n"
KEYS = 8
BARE = support.BUILD / "tests/bare_httplib"


def run(table, quick):
    rounds, seconds = (3, 3) if quick else (5, 8)
    with support.server(config=CONFIG) as server:
        server.app("true", MANIFEST)
        server.start()
        keys = bench.write_keys(server, KEYS)
        client = server.client()
        path = f"/api/v1/runs/{client.run('true')['id']}"
        body = server.root / "body"
        body.write_bytes(client.request("GET", path).content)
        body.chmod(0o644)
        port = bench.free_port()
        with bench.peer([BARE, port, body, bench.CONNECTIONS + 8], port):
            measure(table, server.url + path, f"http://127.0.0.1:{port}{path}", keys, rounds, seconds)


def measure(table, ours, bare, keys, rounds, seconds):
    loads = [(bench.wrk(ours, keys, seconds), bench.wrk(bare, keys, seconds)) for _ in range(rounds)]
    rates = [[load["rate"] for load in side] for side in zip(*loads)]
    table.add("get: GETs of one run; the HTTP library alone", bench.rate(rates[0]), bench.rate(rates[1]), bench.ratio(*rates), ">= 0.5")
    p99 = [bench.median([load["p99_ms"] for load in side]) for side in zip(*loads)]
    table.add("get: p99", f"{p99[0]:.1f} ms", f"{p99[1]:.1f} ms")

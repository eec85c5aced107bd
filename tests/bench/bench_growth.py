# SPDX-License-Identifier: Apache-2.0
"""How each figure changes with what grows: clients, runs at once, runs that are stored, watchers of one run."""
import contextlib
import json
import selectors
import time

import bench
import bench_list
import bench_memory
import bench_submit
import many_runs
from bench import support

CONFIG = "rate_limit: {requests_per_minute: 1000000}\nruns: {queue_limit: 1000000, concurrency: %d}\n"
EVENTS, EVERY = 30, 0.1
TICKS = f"""import json, time
time.sleep(3)
for i in range({EVENTS}):
    print(json.dumps({{"type": "message", "text": f"at {{time.time():.4f}} ."}}), flush=True)
    time.sleep({EVERY})
"""


def run(table, quick):
    clients(table, (1, 16) if quick else (1, 4, 16, 64), 1 if quick else 3)
    at_once(table, (1, 50) if quick else (1, 10, 50, 200))
    stored(table, (1_000, 20_000) if quick else (1_000, 100_000, 1_000_000), 1 if quick else 3)
    watchers(table, (1, 100) if quick else (1, 100, 1_000))


def clients(table, counts, seconds):
    with support.server(config=CONFIG % 8) as server:
        server.app("true", bench_submit.MANIFEST)
        server.start()
        keys = bench.write_keys(server, 4)
        for count in counts:
            told = accept(server, keys, seconds, count)
            table.add(f"growth: accepted POSTs, {count} clients", f"{told['rate']:,.0f}/s, p50 {told['p50_ms']:.1f} ms, p99 {told['p99_ms']:.1f} ms")


def accept(server, keys, seconds, connections):
    told = bench.wrk(f"{server.url}/api/v1/apps/true/runs", keys, seconds, "POST", 202, bench_submit.BODY, connections=connections)
    support.wait_until(lambda: not server.database("SELECT 1 FROM runs WHERE status IN ('pending', 'running') LIMIT 1"), bench_submit.LONGEST_DRAIN, "the end of every accepted run")
    return told


def at_once(table, counts):
    with support.server(user="root" if support.IS_ROOT else "ordinary", config=CONFIG % max(counts)) as server:
        server.app("second", "agent: {command: [sleep, '1']}\n")
        server.start()
        client = server.client()
        client.run("second")
        for count in counts:
            begun = time.monotonic()
            runs = [client.submit("second") for _ in range(count)]
            held = 0
            while server.database("SELECT 1 FROM runs WHERE status IN ('pending', 'running') LIMIT 1"):
                held = max(held, bench_memory.memory_of(server.process.pid)[1])
                time.sleep(0.05)
            took = time.monotonic() - begun
            assert all(client.get(run)["status"] == "completed" for run in runs)
            table.add(f"growth: {count} runs of one second at once", f"all over after {took:.2f} s; PSS of the server {held / bench_memory.MIB:.0f} MB")


def stored(table, counts, seconds):
    for count in counts:
        with support.server(config=CONFIG % 8) as server:
            key = bench_list.prepare(server, count)
            server.app("true", bench_submit.MANIFEST)
            server.start()
            told = accept(server, bench.write_keys(server, 4), seconds, 16)
            client = bench_list.KeepAlive(server.url, key)
            listed = [client.get("/api/v1/runs")[1] for _ in range(100)]
            table.add(f"growth: {count:,} runs stored", f"{told['rate']:,.0f} POSTs/s, p99 {told['p99_ms']:.1f} ms; a list p50 {bench.median(listed):.2f} ms; "
                      f"database {(server.data / 'capid.db').stat().st_size / 1e6:,.0f} MB")


def watchers(table, counts):
    with support.server(config=CONFIG % 8) as server:
        server.app("ticks", "agent: {command: [python3, /app/ticks.py], transcript: events}\n", ticks__py=TICKS)
        server.start()
        key = server.key()
        for count in counts:
            delays = watch(server, key, count)
            assert len(delays) == EVENTS * count, f"{len(delays)} events of {EVENTS * count} came"
            table.add(f"growth: an event until each of {count} watchers has it", f"p50 {bench.median(delays) * 1000:.1f} ms, p99 {bench.percentile(delays, 0.99) * 1000:.1f} ms")


def watch(server, key, count):
    """The delays of all events to all watchers, in seconds. This reader's own time is in them."""
    run = server.client(key).submit("ticks")
    delays = []
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        for _ in range(count):
            connection = stack.enter_context(bench_memory.connected(server.url))
            connection.sendall(f"GET /api/v1/runs/{run}/events HTTP/1.1\r\nHost: capid\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
            selector.register(connection, selectors.EVENT_READ, bytearray())
        deadline = time.monotonic() + 60
        while len(delays) < EVENTS * count and time.monotonic() < deadline:
            for ready, _ in selector.select(1):
                delays += read_delays(ready.fileobj, ready.data)
    return delays


def read_delays(connection, rest):
    rest += connection.recv(1 << 16)
    now, found = time.time(), []
    lines = rest.split(b"\n")
    rest[:] = lines.pop()
    for line in lines:
        if line.startswith(b"data:") and b'"at ' in line:
            found.append(now - float(json.loads(line[5:])["data"]["text"].split()[1]))
    return found

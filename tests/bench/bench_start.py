# SPDX-License-Identifier: Apache-2.0
"""From the start of the program to its first answer that it is ready, and what it holds of memory once it has worked and rests."""
import contextlib
import os
import pathlib
import socket
import subprocess
import time

import bench
import bench_list
import bench_memory
import bench_runs
from bench import support

RUNS = 1_000   # before its rest
REST = 10      # seconds
MIB = 1 << 20


def run(table, quick):
    user = "root" if support.IS_ROOT else "ordinary"   # with cgroups, where it can
    rounds = 5 if quick else 15
    stored = 100_000 if quick else 1_000_000
    with support.server(user=user, config=bench_list.CONFIG) as server:
        server.app("true", "agent: {command: [/bin/true]}\n")
        server.start().stop()   # so that its folder is there: the first start of all makes keys and a database
        webhook = bench_runs.webhook_command(server.root, bench.free_port())
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(first_answer(server))
            theirs.append(first_connection(webhook))
        table.add("start: until ready, nothing stored; webhook, until it listens", in_ms(ours), in_ms(theirs), bench.ratio(ours, theirs), "< 50 ms")
        rest(table, server)
    with support.server(user=user, config=bench_list.CONFIG) as server:
        bench_list.prepare(server, stored)
        table.add(f"start: until ready, {stored:,} runs stored", in_ms([first_answer(server) for _ in range(rounds)]), target="< 300 ms")


def in_ms(seconds):
    return f"{bench.median(seconds) * 1000:.0f} ms (worst {max(seconds) * 1000:.0f})"


def until_port(process, port, told=b"", wanted=b""):
    """Connects until somebody does answer, and as `wanted` to what is `told`."""
    while True:
        assert process.poll() is None, f"it ended with {process.returncode}"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 10) as connection:
            if not told:
                return
            connection.sendall(told)
            if connection.recv(4096).startswith(wanted):
                return
        time.sleep(0.0005)


def first_answer(server):
    """Seconds from the start of the server until /readyz answers 200; it is ended then."""
    server.listen = f"127.0.0.1:{bench.free_port()}"
    begun = time.perf_counter()
    server.start(wait=False)
    until_port(server.process, int(server.listen.rpartition(":")[2]), b"GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n", b"HTTP/1.1 200 ")
    took = time.perf_counter() - begun
    server.stop()
    return took


def first_connection(command):
    begun = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    try:
        until_port(process, int(command[command.index("-port") + 1]))
        return time.perf_counter() - begun
    finally:
        process.kill()
        process.wait()


def rest(table, server):
    """What all of its processes hold together, each page shared among those that have it, after some work and some rest."""
    server.listen = "127.0.0.1:0"
    server.start()
    keys = bench.write_keys(server, 4)
    while done_runs(server) < RUNS:
        bench_runs.load(f"{server.url}/api/v1/apps/true/runs", keys, 1)
    time.sleep(REST)
    each = {pid: bench_memory.memory_of(pid)[1] for pid in bench.children(server.process.pid)}
    table.add(f"memory: PSS of its {len(each)} processes at rest, after {RUNS:,} runs", f"{sum(each.values()) / MIB:.1f} MB", target="<= 15 MB")
    table.add("size of the program", f"{os.path.getsize(support.BINARY) / 1e6:.1f} MB; webhook: {pathlib.Path('/usr/bin/webhook').stat().st_size / 1e6:.1f} MB", target="12 MB")


def done_runs(server):
    return server.database("SELECT count(*) FROM runs WHERE status = 'completed'")[0][0]

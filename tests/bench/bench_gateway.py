# SPDX-License-Identifier: Apache-2.0
"""What the gateway adds to the first byte of a model's answer, beside the same calls made without it; and what a thousand streams
that are open at once hold."""
import http.client
import json
import time
import urllib.parse

import bench
import gateway
from bench import support
from bench_memory import MIB, Peak, memory_of
from models import Answer, ModelServer

CONFIG = "rate_limit: {requests_per_minute: 1000000}\nruns: {concurrency: 16}\n"
STREAMS, RUNS = 1000, 10
BODY = {"model": "any", "messages": [{"role": "user", "content": "hello " * 200}], "stream": True}
# From the request to the first event, in milliseconds, one call after the other.
FIRST_BYTES = """
import statistics
times = []
for _ in range({calls}):
    began = time.perf_counter()
    connection = http.client.HTTPConnection(PLACE)
    connection.request("POST", CHAT, json.dumps({body}), {{"Content-Type": "application/json"}})
    answer = connection.getresponse()
    answer.read(1)
    times.append((time.perf_counter() - began) * 1000)
    answer.read()
print(json.dumps(times))
"""
HOLD = """
held = []
for _ in range({streams}):
    connection = http.client.HTTPConnection(PLACE)
    connection.request("POST", CHAT, json.dumps({body}), {{"Content-Type": "application/json"}})
    held.append(connection)
answers = [connection.getresponse() for connection in held]
for answer in answers: answer.read(1)
print("open", file=sys.stderr, flush=True)
time.sleep(600)
"""


def direct(url, calls):
    place, times = urllib.parse.urlsplit(url).netloc, []
    for _ in range(calls):
        began = time.perf_counter()
        connection = http.client.HTTPConnection(place)
        connection.request("POST", "/v1/chat/completions", json.dumps(BODY), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read(1)
        times.append((time.perf_counter() - began) * 1000)
        answer.read()
    return times


def run(table, quick):
    user = "root" if support.IS_ROOT else "ordinary"
    with ModelServer(lambda call: Answer(tokens=5)) as server, support.server(user=user, config=CONFIG) as capid:
        house = gateway.Gateway(capid, server, provider="concurrency: 5000", manifest="limits: {timeout: 15m, pids: 64}\nconcurrency: 16\n").start()
        first_bytes(table, house, server, 3 if quick else 7, 150)
        streams(table, house, server, capid)


def first_bytes(table, house, server, rounds, calls):
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(json.loads(house.text(FIRST_BYTES.format(calls=calls, body=BODY))))
        theirs.append(direct(server.url, calls))
    through, without = ([bench.median(times) for times in each] for each in (ours, theirs))
    added = bench.median([a - b for a, b in zip(through, without)])
    table.add("gateway: p50 of a stream's first byte; without it", f"{bench.median(through):.2f} ms", f"{bench.median(without):.2f} ms", f"+ {added:.2f} ms", "<= + 1 ms")


def streams(table, house, server, capid):
    server.script = lambda call: Answer(tokens=100_000, pace=1)
    before = memory_of(capid.server_pid())
    peak = Peak(capid.server_pid())
    peak.start()
    runs = [house.submit(HOLD.format(streams=STREAMS // RUNS, body=BODY)) for _ in range(RUNS)]
    support.wait_until(lambda: server.open >= STREAMS, 120, "the streams")
    for run in runs:
        support.wait_until(lambda: any("open" in data["text"] for data in house.events({"id": run}, "log")), 120, "a run's streams")
    time.sleep(3)
    most = peak.stop()
    grown = [(after - first) / MIB for after, first in zip(most, before)]
    for run in runs:
        house.client.request("POST", f"/api/v1/runs/{run}/cancel")
    table.add(f"gateway: {STREAMS} open streams add", f"RSS {grown[0]:.1f} MB, PSS {grown[1]:.1f} MB", target="<= 60 MB")

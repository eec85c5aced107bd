# SPDX-License-Identifier: Apache-2.0
"""Accepted runs a second, while the runs are executed, beside a server that starts the same program and keeps nothing."""
import json
import time

import bench
from bench import support

# Runs that are accepted faster than they are executed wait in the queue; a key may ask a million times a minute.
CONFIG = "rate_limit: {requests_per_minute: 1000000}\nruns: {queue_limit: 1000000}\n"
MANIFEST = "agent: {command: [/bin/true]}\n"
BODY = '{"inputs":{}}'
KEYS = 4
# How long the runs may take that are still waiting after the last round. A run takes milliseconds.
LONGEST_DRAIN = 1800


class Progress:
    """How many runs the database knows, by status."""

    def __init__(self, server):
        self.server = server

    def counts(self):
        return dict(self.server.database("SELECT status, count(*) FROM runs GROUP BY status"))

    def completed(self):
        return self.counts().get("completed", 0)

    def wait_for_all(self):
        """Until no run is unfinished; every one must have completed. Returns how many there are."""
        def finished():
            counts = self.counts()
            assert set(counts) <= {"pending", "running", "completed"}, counts
            time.sleep(1)
            return set(counts) == {"completed"} and counts["completed"]

        return support.wait_until(finished, LONGEST_DRAIN, "the end of every accepted run")


def webhook_command(folder, port):
    hooks = folder / "hooks.json"
    hooks.write_text(json.dumps([{"id": "true", "execute-command": "/bin/true", "include-command-output-in-response": False}]))
    return ["/usr/bin/webhook", "-hooks", hooks, "-ip", "127.0.0.1", "-port", port, "-nopanic"]


def run(table, quick):
    rounds, seconds = (2, 1) if quick else (5, 3)   # what is accepted in a second is executed in half a minute
    with support.server(config=CONFIG) as server:
        server.app("true", MANIFEST)
        server.start()
        keys = bench.write_keys(server, KEYS)
        port = bench.free_port()
        with bench.peer(webhook_command(server.root, port), port) as webhook:
            measure(table, server, keys, webhook, f"http://127.0.0.1:{port}/hooks/true", rounds, seconds)


def measure(table, server, keys, webhook, hook, rounds, seconds):
    progress = Progress(server)
    ours, theirs, executed, p99, accepted = [], [], [], [], 0
    for _ in range(rounds):
        before = progress.completed()
        load = bench.wrk(f"{server.url}/api/v1/apps/true/runs", keys, seconds, "POST", 202, BODY)
        executed.append((progress.completed() - before) / load["seconds"])
        accepted += load["good"]
        ours.append(load["rate"])
        p99.append(load["p99_ms"])
        with bench.frozen(server):
            theirs.append(bench.wrk(hook, keys, seconds, "POST", 200, BODY)["rate"])
            bench.wait_until_idle(webhook.pid)
    started, waiting = time.monotonic(), progress.completed()
    total = progress.wait_for_all()
    took = time.monotonic() - started
    assert total >= accepted, f"{accepted} runs were accepted, {total} are known"
    table.add("submit: accepted POSTs, runs being executed; webhook", bench.rate(ours), bench.rate(theirs), bench.ratio(ours, theirs), ">= 3")
    table.add("submit: p99 of an accepted POST", f"{bench.median(p99):.0f} ms")
    table.add("submit: runs executed under load", bench.rate(executed))
    table.add("submit: runs executed after it", f"{(total - waiting) / took:,.0f}/s", target=f"all {total:,} completed in {took:.0f} s")

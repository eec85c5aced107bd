# SPDX-License-Identifier: Apache-2.0
"""What the page takes in a real browser: its first load, and the longest task while a thread of 10,000 steps and a list of 100,000 runs
are scrolled."""
import contextlib
import gzip
import json
import os
import pathlib
import re
import sqlite3
import subprocess

import bench
import many_runs
import requests
import visitor
from bench import support

SPEED = pathlib.Path(__file__).resolve().parents[1] / "web/speed.mjs"
STEPS = 10_000
RUNS = 100_000


def run(table, quick):
    with support.server() as capid:
        capid.app("many-steps", "name: Many steps\nagent: {command: [sh, /app/run.sh], transcript: events}\nlimits: {timeout: 10m}\n", run__sh="echo '{\"type\": \"result\", \"text\": \"done\"}'\n")
        for name in ("other", "third"):
            capid.shell_app(name, "true")
        capid.start()
        capid.cli("accounts", "add", "ada")
        capid.cli("accounts", "add", "bob")
        thread = capid.client().run("many-steps")["threadId"]
        visitor.admin_of(capid)
        capid.stop()
        write_steps(capid, thread)
        many_runs.fill(f"{capid.data}/capid.db", RUNS)
        capid.start()
        table.add("page: first load, compressed", f"{first_load(capid.url) / 1000:.1f} kB", target="<= 100 kB")
        given = {"url": capid.url, "password": visitor.PASSWORD, "thread": thread, "steps": STEPS, "rounds": 1 if quick else 5}
        played = subprocess.run(["node", SPEED], env={**os.environ, "CAPID_GIVEN": json.dumps(given)}, capture_output=True, text=True, timeout=600)
        assert played.returncode == 0, played.stdout + played.stderr
        told = json.loads(played.stdout.splitlines()[-1])
        table.add("page: p50 from the address to the list of apps", f"{told['usable']} ms", target="<= 300 ms")
        table.add(f"page: longest task, scrolling {STEPS:,} steps (median of rounds)", f"{bench.median(told['thread']):.0f} ms", target="< 50 ms")
        table.add(f"page: longest task, scrolling {told['rows']:,} of {RUNS:,} runs (median of rounds)", f"{bench.median(told['list']):.0f} ms", target="< 50 ms")


def first_load(url):
    page = requests.get(url, timeout=60).content
    names = set(re.findall(r"/assets/([\w.-]+)", page.decode()))
    return len(gzip.compress(page)) + sum(len(requests.get(f"{url}/assets/{name}", headers={"Accept-Encoding": "gzip"}, stream=True, timeout=60).raw.read()) for name in names)


def write_steps(capid, thread):
    """Puts them between a run's first steps and its end, past the server."""
    with contextlib.closing(sqlite3.connect(f"{capid.data}/capid.db")) as connection:
        (run, last), = connection.execute("SELECT run_id, max(sequence) FROM events WHERE thread_id = ?", (thread,)).fetchall()
        connection.executemany("INSERT INTO events (thread_id, sequence, run_id, type, data, created_at) VALUES (?, ?, ?, ?, ?, 1790000000000)",
                               ((thread, last + i, run, *step(i)) for i in range(1, STEPS + 1)))
        connection.execute("UPDATE threads SET last_sequence = ? WHERE id = ?", (last + STEPS, thread))
        connection.commit()


def step(i):
    kinds = [("message", {"text": f"This is step {i}: **bold** words, and a list:\n\n- one\n- two\n\n```\ncode {i}\n```"}), ("thinking", {"text": f"About step {i}. " * 10}),
             ("tool_call", {"id": str(i), "name": "bash", "input": {"command": f"head -n {i} /in/files/sales.csv"}}), ("tool_result", {"id": str(i - 1), "output": "month,total\n" * 20, "isError": False}),
             ("log", {"stream": "stderr", "text": f"step {i} is done\n"})]
    kind, data = kinds[i % 5]
    return kind, json.dumps(data)

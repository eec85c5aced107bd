# SPDX-License-Identifier: Apache-2.0
"""Two hundred hostile runs at once, within 2 GiB of limits together: the API answers beside them, and so does an agent."""
import collections
import time

import capid as support
import pytest

HOSTILE = 200
SECONDS = 10
# Together 200 times 10 MiB.
LIMITS = "limits: {timeout: 25s, memory: 8MiB, disk: 2MiB, pids: 64, cpus: 2}\n"
MOST_P99_MS = 250

# Each goes on for as long as it lives; what a limit refuses is tried again.
SCRIPTS = {
    "forks": "while :; do sh -c 'while :; do :; done' & done",
    "memory": "while :; do /app/probe 1024; done",
    "stdout": "while :; do cat /dev/zero; done",
    "stderr": "while :; do cat /dev/zero >&2; done",
    "disk": "while :; do cat /dev/zero > /tmp/$$ ; done",
    "inodes": "i=0; while :; do i=$((i + 1)); mkdir /tmp/$i || i=0; done 2>/dev/null",
    "processor": "for i in 1 2 3 4 5 6 7 8; do while :; do :; done & done; wait",
    "signals": "trap '' TERM; while :; do kill -STOP -1; kill -CONT -1; done",
}


def add_apps(capid):
    for name, script in SCRIPTS.items():
        capid.app(name, "agent: {command: [sh, /app/run.sh]}\n" + LIMITS, run__sh=script, probe=(support.PROBES / "a47_memory_bomb").read_bytes())
    capid.shell_app("good", "cat /in/inputs.json > /out/copy; echo done", "limits: {memory: 64MiB, disk: 8MiB}\n")


def latencies(client, run, seconds):
    """How long each of many calls took, in milliseconds."""
    until, took = time.monotonic() + seconds, []
    while time.monotonic() < until:
        for method, path in (("GET", f"/api/v1/runs/{run}"), ("GET", "/api/v1/runs?limit=20"), ("GET", "/api/v1/apps")):
            begun = time.monotonic()
            assert client.request(method, path).status_code == 200
            took.append((time.monotonic() - begun) * 1000)
        time.sleep(0.01)
    return sorted(took)


@pytest.mark.skipif(not support.IS_ROOT, reason="cgroups take root here; the tests are run as root")
def test_the_api_and_a_good_run_live_beside_hostile_ones(capsys):
    with support.server(user="root", config=f"runs: {{concurrency: {HOSTILE + 20}}}\n") as capid:
        add_apps(capid)
        client = capid.start().client()
        kinds = list(SCRIPTS)
        runs = [client.submit(kinds[number % len(kinds)]) for number in range(HOSTILE)]
        support.wait_until(lambda: all(client.get(run)["status"] != "pending" for run in runs[-20:]), what="the start of all")
        took = latencies(client, runs[0], SECONDS)
        begun = time.monotonic()
        good = client.run("good", inputs={})
        beside = time.monotonic() - begun
        alive = sum(client.get(run)["status"] == "running" for run in runs)
        ended = collections.Counter(client.wait(run, 120)["errorCode"] for run in runs)
        with capsys.disabled():
            print(f"\nbeside {HOSTILE} hostile runs: API p50 {took[len(took) // 2]:.1f} ms, p99 {took[len(took) * 99 // 100]:.1f} ms of "
                  f"{len(took)} calls, a good run {beside:.2f} s; {alive} of the hostile were still alive, they ended as {dict(ended)}")
        assert good["status"] == "completed", good
        assert set(ended) <= {"TIMEOUT", "OUT_OF_MEMORY", "AGENT_EXIT_NONZERO", "AGENT_KILLED"}, ended
        assert took[len(took) * 99 // 100] < MOST_P99_MS * support.PATIENCE

# SPDX-License-Identifier: Apache-2.0
"""Ten thousand runs that end in every way there is: what the server and the kernel hold afterwards is what they held before."""
import collections
import concurrent.futures
import os
import pathlib
import random
import subprocess

import acts
import capid as support
import processes
import pytest

RUNS = int(os.environ.get("CAPID_ENDURANCE_RUNS", "10000"))
WARM_UP = 300   # allocators, caches and threads come to their size
CLIENTS = 16
WAYS = {"completed": 60, "failed": 20, "cancelled": 8, "TIMEOUT": 6, "OUT_OF_MEMORY": 6}
PSS_GROWTH = 8 << 20


def add_apps(capid):
    capid.shell_app("completed", "cat /in/inputs.json > /tmp/copy; echo done; echo log >&2")
    capid.shell_app("failed", "echo bad >&2; exit 3")
    capid.shell_app("cancelled", "sleep 60 & sleep 60")
    capid.shell_app("TIMEOUT", "trap '' TERM; sleep 60 & wait; sleep 60", "limits: {timeout: 100ms}\n")
    capid.app("OUT_OF_MEMORY", "agent: {command: [/app/probe, '1024']}\nlimits: {memory: 16MiB, disk: 1MiB}\n",
              probe=(support.PROBES / "a47_memory_bomb").read_bytes())


def end_of(client, way):
    """Makes a run end in that way, and says how it did end."""
    if way == "cancelled":
        run = client.submit(way)
        answer = client.request("POST", f"/api/v1/runs/{run}/cancel")
        got = client.get(run)
        assert answer.status_code == 200, got
    else:
        answer = client.request("POST", f"/api/v1/apps/{way}/runs", json={}, headers={"Prefer": "wait=60"})
        got = answer.json()
        assert answer.status_code == 200, got
    return got["status"] if got["status"] != "failed" or got["errorCode"] == "AGENT_EXIT_NONZERO" else got["errorCode"]


def many(capid, key, count):
    """So many runs, from several clients at once. Returns how they ended, by the way that was meant."""
    ways = random.Random(count).choices(list(WAYS), list(WAYS.values()), k=count)
    clients = [capid.client(key) for _ in range(CLIENTS)]

    def share(number):
        return [(way, end_of(clients[number], way)) for way in ways[number::CLIENTS]]

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return collections.Counter(pair for pairs in pool.map(share, range(CLIENTS)) for pair in pairs)


def pss(pids):
    """Bytes that these processes hold, what they share counted once."""
    total = 0
    for pid in pids:
        rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += int(rollup.split("Pss:")[1].split()[0]) << 10
    return total


def namespaces(pids):
    return len({os.stat(f"/proc/{pid}/ns/{kind}").st_ino for pid in pids for kind in ("mnt", "net", "pid", "user", "ipc", "uts", "cgroup")})


def size_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def held(capid):
    server = capid.server_pid()
    below = acts.descendants(server)
    (fork_server,) = subprocess.run(["pgrep", "-P", str(server)], capture_output=True, text=True, check=True).stdout.split()
    return {
        "descriptors": processes.descriptors(server),
        "descriptors of the fork server": len(os.listdir(f"/proc/{fork_server}/fd")),
        "threads": len(os.listdir(f"/proc/{server}/task")),
        "processes": len(below),
        "namespaces": namespaces([server, *below]),
        "cgroups": sum(1 for folder in support.cgroup_folders() for _ in folder.rglob("run-*")),
        "mounts": len(pathlib.Path(f"/proc/{server}/mountinfo").read_text().splitlines()),
        "folders of runs": len(list((capid.data / "runs").iterdir())),
        "bytes in files": size_of(capid.data / "files"),
    }


@pytest.mark.skipif(not support.IS_ROOT, reason="only root sees what a server holds; the tests are run as root")
def test_what_is_held_after_many_runs_is_what_was_held_before(capsys):
    with support.server(user="root", config=f"runs: {{concurrency: {CLIENTS}}}\n") as capid:
        add_apps(capid)
        key = capid.start().key()
        many(capid, key, WARM_UP)
        support.wait_until(lambda: held(capid)["processes"] == 4, what="the children that are kept ready")
        # Connections and their threads have gone when nobody asks any more.
        before = support.wait_until(lambda: (lambda one, two: one == two and one)(held(capid), held(capid)))
        pss_before = pss([capid.server_pid()])
        ended = many(capid, key, RUNS)
        assert sum(ended.values()) == RUNS and all(meant == got for meant, got in ended), ended
        try:
            support.wait_until(lambda: all(held(capid)[what] <= before[what] for what in before), 30)
        except AssertionError:
            assert held(capid) == before
        grown = pss([capid.server_pid()]) - pss_before
        with capsys.disabled():
            print(f"\n{RUNS} runs: {dict(collections.Counter(got for (_, got), n in ended.items() for _ in range(n)))}, "
                  f"memory grew by {grown >> 10} KiB, all else is as it was: {before}")
        assert grown < PSS_GROWTH

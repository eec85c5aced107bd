# SPDX-License-Identifier: Apache-2.0
"""What the benches share: load from wrk, a peer beside the server, medians, the table."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import capid as support   # noqa: E402

CONNECTIONS = 64
PEER_USER = "ordinary"


def say(text):
    """Talk goes to stderr: stdout is for the table."""
    print(text, file=sys.stderr, flush=True)


class Table:
    """What was measured. A target is only shown beside the figure: whether it was met is for the reader to judge."""

    def __init__(self):
        self.rows = []

    def add(self, what, capid, beside="", ratio="", target=""):
        self.rows.append([what, capid, beside, ratio, target])
        say(f"   {what}: {capid}" + (f", beside {beside}: {ratio}" if beside else ""))

    def print(self):
        print("| what | capid | beside it | ratio | target |\n|---|---|---|---|---|")
        for row in self.rows:
            print("| " + " | ".join(str(cell) for cell in row) + " |")


def wrk(url, keys_file, seconds, method="GET", status=200, body="", connections=CONNECTIONS, prefer=""):
    """Load for some seconds. Fails on any answer of another status, and on a connection that broke."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", HERE / "load.lua", url, "--", method, status, keys_file, body, prefer]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds + 60)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["bad"] == 0, f"{told['bad']} answers of {url} were not {status}, the first: {told['first_bad']}"
    assert told["broken"] == 0 and told["good"] > 0, told
    return {**told, "rate": told["good"] / told["seconds"]}


def median(values):
    return statistics.median(values)


def percentile(values, p):
    """`p` is between 0 and 1."""
    assert 0 <= p <= 1
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(p * len(ordered)))]


def ratio(ours, theirs):
    """The median of the rounds' own ratios: two figures of one round stand side by side in time."""
    return f"{median([a / b for a, b in zip(ours, theirs)]):.2f}"


def rate(values):
    return f"{median(values):,.0f}/s"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_keys(server, count):
    """So many keys in a file, a line each: together they may ask more often than one may."""
    path = server.root / "keys"
    path.write_text("".join(server.key(name=f"bench {i}") + "\n" for i in range(count)))
    return path


def children(pid):
    """Every process below this one, and itself."""
    found = [pid]
    for parent in found:
        listed = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True).stdout
        found += [int(word) for word in listed.split()]
    return found


@contextlib.contextmanager
def frozen(server):
    """Stops the server and all below it for a while, so that what waits in its queue takes nothing from its peer."""
    processes = children(server.process.pid)
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(processes):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def peer(command, port):
    """Another server to compare with, ended with the scope."""
    process = subprocess.Popen(support.as_user(command, PEER_USER), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    try:
        support.wait_until(lambda: answers(port) or process.poll() is not None, 20, "the peer's start")
        assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
        yield process
    finally:
        process.kill()
        process.wait()


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def cpu_ticks(pid):
    """The processor time of a process and of the children it has waited for."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15])


def wait_until_idle(pid, seconds=60):
    """Until the process has used no time for half a second: it may still be at work after its last answer."""
    def is_idle():
        before = cpu_ticks(pid)
        time.sleep(0.5)
        return cpu_ticks(pid) - before <= 1 and len(children(pid)) == 1

    support.wait_until(is_idle, seconds, "the peer's rest")

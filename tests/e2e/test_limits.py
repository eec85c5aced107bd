# SPDX-License-Identifier: Apache-2.0
"""What a whole run may use, where cgroups limit it, and what it is told to have used."""
import capid as support
import pytest

WAY = "unit" if support.STARTED_AS == "unit" else "root"
pytestmark = pytest.mark.skipif(WAY == "root" and not support.IS_ROOT, reason="cgroups take root, or a unit; the tests are run as root")

# A child that the kernel reaps by itself: its parent is never told what it used.
UNSEEN = """\
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
if os.fork() == 0:
    held = bytearray(40 << 20)
    until = time.process_time() + 0.5
    while time.process_time() < until: pass
    os._exit(0)
try: os.wait()
except ChildProcessError: pass
"""
TOGETHER = """\
import os, sys, time
for _ in range(4):
    if os.fork() == 0:
        held = bytearray(30 << 20)
        time.sleep(5)
        os._exit(0)
for _ in range(4): os.wait()
"""
GROWING = "held = []\nwhile True: held.append(bytearray(1 << 20))\n"
FULL = """\
import errno
try:
    for number in range(1000):
        with open(f"/tmp/{number}", "wb") as file: file.write(bytes(1 << 20))
except OSError as error: print(errno.errorcode[error.errno])
"""
BURN = "import time\nuntil = time.monotonic() + 1.5\nwhile time.monotonic() < until: pass\n"


def python_app(capid, name, program, limits=""):
    capid.app(name, f"agent: {{command: [python3, /app/main.py]}}\nlimits: {{timeout: 60s{limits}}}\n", main__py=program)


@pytest.fixture(scope="module")
def client():
    with support.server(user=WAY) as capid:
        python_app(capid, "unseen", UNSEEN, ", cpus: 2")
        python_app(capid, "together", TOGETHER, ", memory: 64MiB, disk: 1MiB")
        python_app(capid, "growing", GROWING, ", memory: 64MiB, disk: 1MiB")
        python_app(capid, "full", FULL, ", memory: 32MiB, disk: 64MiB")
        python_app(capid, "burn", BURN, ", cpus: 0.2")
        capid.shell_app("quiet", "true")
        yield capid.start().client()


def test_a_run_is_not_degraded(client):
    assert client.run("quiet")["degraded"] is False


@pytest.mark.parametrize("app", ["growing", "together"])
def test_memory_is_limited_for_all_processes_together(client, app):
    run = client.run(app)
    assert (run["status"], run["errorCode"], run["result"]) == ("failed", "OUT_OF_MEMORY", None), run
    assert "raise limits.memory of this app" in run["errorMessage"]


def test_a_full_disk_is_no_lack_of_memory(client):
    assert client.text("full") == "ENOSPC\n"


def test_processor_time_is_limited(client):
    usage = client.run("burn")["usage"]
    assert usage["cpuSeconds"] < 0.2 * usage["wallSeconds"] + 0.2, usage


def test_usage_counts_what_no_parent_was_told(client):
    usage = client.run("unseen")["usage"]
    assert usage["cpuSeconds"] >= 0.5 and usage["peakMemoryBytes"] >= 40 << 20, usage


def test_usage_leaves_out_the_making_of_the_sandbox(client):
    assert client.run("quiet")["usage"]["cpuSeconds"] < 0.05 * support.PATIENCE * support.SLOWNESS

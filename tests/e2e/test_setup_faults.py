# SPDX-License-Identifier: Apache-2.0
"""Every single step of a sandbox's set-up, of the child's and of its parent's, fails once right after its effect: the run is
refused with the step named, and nothing is left behind."""
import contextlib
import errno
import json
import os
import pathlib
import subprocess

import acts
import capid as support
import pytest

pytestmark = pytest.mark.alone

STEPS = subprocess.run([support.DRIVER, "--steps"], capture_output=True, text=True, check=True).stdout.split()
IN_CGROUPS_ALONE = {"cgroup.make", "cgroup.limit"}
TRIES = 5


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def run_cgroups(driver):
    """Those of that driver's runs, in every hierarchy."""
    return [path for folder in support.cgroup_folders() for path in (folder / str(driver)).rglob("run-*")]


class Driver:
    """sandbox_driver, which waits after its last run until it is told to end. As root it has cgroups, else none."""

    def __init__(self, user, *words):
        as_whom = ["--user", support.NOBODY] if user == "root" else []
        command = support.as_user([support.DRIVER, *as_whom, "--times", TRIES, *words], "same" if user == "root" else "ordinary")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.outcome = json.loads(self.process.stdout.readline())

    def holds(self):
        """What the driver and its fork server have at this moment."""
        (fork_server,) = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=True).stdout.split()
        return {"descriptors": descriptors(self.process.pid), "the fork server's": descriptors(fork_server),
                "processes": len(acts.descendants(self.process.pid)), "cgroups": len(run_cgroups(self.process.pid))}

    def end(self):
        below = acts.descendants(self.process.pid)
        self.process.stdin.close()
        assert self.process.wait(20 * support.PATIENCE) == 0
        support.wait_until(lambda: not any(acts.is_alive(pid) for pid in below), what="the death of all below the driver")


@contextlib.contextmanager
def driver(user, *words):
    made = Driver(user, *words)
    try:
        yield made
        made.end()
    finally:
        if made.process.poll() is None:
            made.process.kill()
            made.process.wait()
        support.remove_cgroups()


def settled(made, most):
    """What is held once it is no more than `most`; what the last run left takes a moment to go."""
    def is_at_most():
        held = made.holds()
        return held if all(held[what] <= most[what] for what in most) else None

    return support.wait_until(is_at_most, what=f"an end of what the last run left, beyond {most}")


@pytest.fixture(scope="module", params=["ordinary", "root"])
def usual(request):
    """What is held after runs that went well."""
    if not support.IS_ROOT:
        pytest.skip("only root sees the descriptors of a process that may not be dumped; the tests are run as root")
    with driver(request.param, "--", "/bin/true") as made:
        assert made.outcome["end"] == "exited"
        support.wait_until(lambda: made.holds()["processes"] == 4, what="the children that are kept ready")
        yield request.param, settled(made, {"cgroups": 3 * len(support.cgroup_folders())})


def applies(step, user):
    """Without cgroups their steps do nothing, and where a child begins in its cgroup none is moved into it."""
    return step not in IN_CGROUPS_ALONE or user == "root"


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_refuses_the_run_and_leaves_nothing(usual, step):
    user, before = usual
    mounts = pathlib.Path("/proc/self/mountinfo").read_text()
    with driver(user, "--fail-after", step, "--", "/bin/sh", "-c", "echo ran; echo ran > /out/ran") as made:
        outcome = made.outcome
        if applies(step, user):
            assert (outcome["end"], outcome["failed_step"], outcome["error"]) == ("setup_failed", step, errno.EIO)
            assert (outcome["stdout"], outcome["stderr"], outcome["files"]) == ("", "", [])
        settled(made, before)
        assert pathlib.Path("/proc/self/mountinfo").read_text() == mounts
    assert run_cgroups(made.process.pid) == []


def test_the_steps_are_all_there():
    assert len(STEPS) == len(set(STEPS)) and {"identity", "mounts.own", "seccomp", "landlock", "clone", *IN_CGROUPS_ALONE} <= set(STEPS)

# SPDX-License-Identifier: Apache-2.0
"""kill -9 between any two steps of a webhook's way: the receiver hears of every run that was accepted, never more often than
four times, and always under the same id."""
import contextlib
import os
import pathlib
import signal
import subprocess

import capid as support
import pytest
import requests
from hooks import Hooks
from receivers import NEVER_ANSWERS, receiver

# What is called between a run's end and that of its delivery, by whichever thread; each is counted for itself.
NETWORK = ["socket", "connect", "setsockopt", "sendmsg", "sendto", "recvmsg", "recvfrom", "shutdown", "close", "epoll_ctl", "write", "read"]
# How far to count: some are called on and on, and a sanitized build takes its time.
MOST = 2 if support.SANITIZED else 6
STRACE = ["strace", "-f", "-o", "/dev/null"]


def injection(call, number):
    return ["-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}"]


def is_traced(pid):
    """Whether each of its threads is, or is gone already."""
    for path in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        with contextlib.suppress(OSError):
            status = path.read_text()
            if "TracerPid:\t0\n" in status and "State:\tZ" not in status:
                return False
    return True


class Tracer:
    """Kills a process that runs at a thread's call of that number, counted from now on."""

    def __init__(self, pid, call, number):
        self.process = subprocess.Popen([*STRACE, *injection(call, number), "-p", str(pid)], stderr=subprocess.DEVNULL)
        support.wait_until(lambda: is_traced(pid), 20, "tracing")

    def leave(self):
        """The kernel lets go of what was traced. Asked to do so itself, strace may wait for a thread for ever."""
        self.process.kill()
        self.process.wait(60)


class House:
    """A server that is killed again and again, and a receiver that remembers."""

    def __init__(self, capid, hook):
        self.capid, self.hook = capid, hook
        capid.shell_app("quick", "echo done")
        capid.shell_app("soon", f"sleep {0.3 * min(support.PATIENCE, 2)}")
        capid.environment = {"ASAN_OPTIONS": "detect_leaks=0"}   # a sanitized build cannot look for leaks while it is traced
        self.hooks = Hooks(capid, retry_base="100ms")
        self.key = capid.start().key()
        self.rounds = self.kills = 0
        self.accepted = set()

    def submit(self, app="quick"):
        """The run's id, or None where the server was killed before it said so."""
        try:
            answer = requests.post(f"{self.capid.url}/api/v1/apps/{app}/runs", json={"webhookUrl": self.hook.url},
                                   headers={"Authorization": f"Bearer {self.key}"}, timeout=60)
        except requests.RequestException:
            return None
        assert answer.status_code == 202, answer.text
        self.accepted.add(answer.json()["id"])
        return answer.json()["id"]

    def is_dead(self):
        return self.capid.process.poll() is not None

    def has_died(self):
        """Asked of the server itself: one that was killed while it was traced may be there a moment longer, when what it
        wrote last can be read already."""
        try:
            requests.get(f"{self.capid.url}/livez", timeout=60)
            return False
        except requests.RequestException:
            self.capid.process.wait(60)
            return True

    def unfinished(self):
        ((runs, deliveries),) = self.capid.database("SELECT (SELECT count(*) FROM runs WHERE status IN ('pending', 'running')),"
                                                    " (SELECT count(*) FROM deliveries WHERE status IN ('pending', 'sending'))")
        return runs + deliveries

    def rest(self):
        """Until everything has ended, or the server is dead."""
        support.wait_until(lambda: self.is_dead() or not self.unfinished(), 30, "the end of every delivery")

    def recover(self):
        """Starts the server again where it is dead, and lets it finish. Returns whether it was."""
        self.rounds += 1
        was_dead = self.has_died()
        if was_dead:
            assert self.capid.process.returncode == -signal.SIGKILL, self.capid.log()
            self.kills += 1
            self.capid.start()
        self.rest()
        assert not self.is_dead(), self.capid.log()
        self.check()
        return was_dead

    def check(self):
        ended = {run: (id, status, attempts) for id, run, status, attempts in self.capid.database(
            "SELECT id, run_id, status, (SELECT count(*) FROM delivery_attempts WHERE delivery_id = deliveries.id) FROM deliveries")}
        known = {run for run, in self.capid.database("SELECT id FROM runs")}
        assert self.accepted <= known == set(ended), "each run has its delivery, and what was accepted is known"
        heard = {}
        for request in self.hook.requests:
            heard.setdefault(request.json()["id"], []).append(request)
        assert set(heard) == known, f"never told of: {known - set(heard)}"
        for run, told in heard.items():
            id, status, attempts = ended[run]
            assert {request.headers["webhook-id"] for request in told} == {id}
            assert len({request.body for request in told}) == 1
            assert len(told) <= attempts <= 4, "every try stands in the log before it is made"
        assert self.capid.database("SELECT 1 FROM deliveries JOIN runs ON runs.id = run_id WHERE runs.status IN ('pending', 'running')") == []

    def traced(self, call, number, app):
        """One round: killed at that call, or not where it is not made so often. Returns whether it was."""
        if app == "soon":
            run = self.submit(app)   # its own calls are over; those of its end are still to come
            tracer = Tracer(self.capid.server_pid(), call, number)
            if not self.is_dead() and not self.capid.database("SELECT 1 FROM runs WHERE id = ? AND status IN ('pending', 'running')", run):
                tracer.leave()   # too late: the run was over by then
                self.recover()
                return self.traced(call, number, app)
        else:
            tracer = Tracer(self.capid.server_pid(), call, number)
            self.submit(app)
        self.rest()
        tracer.leave()
        return self.recover()


@pytest.fixture
def house():
    with support.server() as capid, receiver() as hook:
        yield House(capid, hook)
        capid.stop()


@pytest.mark.parametrize("plan", [[204], [500, 204]], ids=["told at once", "told at the second try"])
def test_killed_at_any_commit_from_the_submit_to_the_end(house, plan):
    for number in range(1, 40):
        house.hook.plan = list(plan)
        if not house.traced("fdatasync", number, "quick"):
            break
    print(f"{house.rounds} rounds, {house.kills} kills, one at each commit")
    assert 3 + 2 * len(plan) <= house.kills < 39, "accepted, begun, over; each try begun and ended"


def test_killed_at_any_call_of_a_delivery(house):
    killed = {}
    for call in NETWORK:
        for number in range(1, MOST + 1):
            if not house.traced(call, number, "soon"):
                break
            killed[call] = number
    print(f"{house.rounds} rounds, {house.kills} kills: {killed}")
    assert killed["connect"] >= 1 and killed["socket"] >= 1
    assert {"sendmsg", "sendto", "write"} & set(killed) and {"recvmsg", "recvfrom", "read"} & set(killed)


@pytest.mark.parametrize("moment", ["accepted", "read", "answered"])
def test_killed_by_its_receiver_once(house, moment):
    def kill(hook):
        hook.moments.clear()
        house.capid.process.kill()

    for _ in range(4):
        house.hook.moments = {moment: kill}
        house.submit()
        house.rest()
        support.wait_until(lambda: not house.hook.moments and house.capid.process.wait(60) is not None)
        assert house.recover()
    print(f"{house.kills} kills when a request was {moment}")


@pytest.mark.parametrize("moment", ["accepted", "read", "answered"])
def test_killed_by_its_receiver_every_time_it_is_not_tried_for_ever(house, moment):
    """A try that a crash cut counts as one: after four nobody hears of it again."""
    run = house.submit("soon")
    house.hook.moments = {moment: lambda _: house.capid.process.kill()}
    house.rest()
    while house.is_dead():
        house.kills += 1
        assert house.kills <= 4, "a fifth try"
        house.capid.start(wait=False)
        support.wait_until(lambda: house.is_dead() or "listening on" in house.capid.log(), 60, "the start")
        house.rest()
    house.hook.moments = {}
    delivery = house.hooks.of_run(run)
    if moment != "answered":
        assert (delivery["status"], len(delivery["attempts"]), house.kills, len(house.hook.connections)) == ("failed", 4, 4, 4)
        assert all(attempt["error"] for attempt in delivery["attempts"])
    assert len(house.hook.requests) <= 4 and len({request.headers["webhook-id"] for request in house.hook.requests}) <= 1
    print(f"{house.kills} kills in a row when a request was {moment}: {delivery['status']}")


def test_killed_while_it_recovers(house):
    """A delivery that a crash cut is taken up at a start; that start is killed as well, at each of its commits."""
    for number in range(1, 20):
        house.hook.plan = [NEVER_ANSWERS, 204]
        before = len(house.hook.requests)
        house.submit()
        house.hook.wait(before + 1)
        house.capid.kill()
        house.capid.wrapper = [*STRACE, *injection("fdatasync", number)]
        house.capid.start(wait=False)
        house.rest()
        killed = house.is_dead()
        if not killed:
            with contextlib.suppress(subprocess.CalledProcessError, ProcessLookupError):   # a later commit may have been too much
                os.kill(house.capid.server_pid(), signal.SIGKILL)
        house.capid.process.wait(60)
        house.capid.wrapper = []
        house.recover()
        if not killed:
            break
    print(f"{house.rounds} rounds, {house.kills} kills, one at each commit of a start")
    assert house.rounds >= 3, "a start has commits of its own"

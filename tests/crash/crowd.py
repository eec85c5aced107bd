# SPDX-License-Identifier: Apache-2.0
"""A server that is killed again and again under mixed load, and all that it ever acknowledged to those who made the load."""
import hashlib
import json
import os
import pathlib
import random
import signal
import threading
import time

import capid as support
import requests

CLIENTS = 4
PER_RUN, PER_CPU_SECOND = 500_000, 2_500_000   # micro-credits
START = 1_000_000_000_000
# Runs of `quick` go for their age, the oldest of `large` make room, `stripped` lose all that hangs on them, the rest stays.
CONFIG = """
runs: {concurrency: 16, queue_limit: 100000}
credits: {enforce: true, starting_balance: 1000000, per_run: 0.5, per_cpu_second: 2.5}
webhooks: {allow: [127.0.0.1], retry_base: 100ms}
retention:
  runs: 1h
  apps:
    quick: {runs: 1s}
    large: {runs: 1h, size: 1MiB}
    stripped: {runs: 1h, files: 1s, artifacts: 1s, events: 1s}
"""
APPS = {
    "quick": ("echo quick >/out/quick.txt", ""),
    "large": ("head -c 150000 /dev/urandom >/out/large", ""),
    "stripped": ("cat /in/files/* >/out/copy 2>/dev/null; echo stripped", ""),
    "slow": ("sleep 0.2; echo slow", ""),
    "retry": ("sleep 0.1; echo again", "on_interrupt: retry"),
    "fails": ("echo why >&2; exit 1", ""),
}
REMOVED = {"quick", "large"}   # the apps whose runs retention may remove


class Acknowledged:
    """What the server said that it had done, by the runs' ids. An answer counts once it was read to its end."""

    def __init__(self):
        self.runs = {}          # the app of each
        self.hashes = {}        # of the files that came with each, in order
        self.told = set()       # those with a webhook
        self.cancelled = set()
        self.refused = []       # answers that nobody should get


class Client(threading.Thread):
    """Submits with and without files and webhooks, and cancels some, until told to stop or cut off."""

    def __init__(self, house, seed):
        super().__init__(daemon=True)
        self.house, self.acknowledged, self.pick = house, house.acknowledged, random.Random(seed)
        self.stopped = threading.Event()
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {house.key}"
        self.url = house.capid.url
        self.start()

    def run(self):
        try:
            while not self.stopped.is_set():
                run = self.submit()
                self.stopped.wait(self.pick.uniform(0, 0.05))   # enough runs to kill, few enough to see them all end
                if run and self.pick.random() < 0.2:
                    self.cancel(run)
        except requests.RequestException:
            return

    def submit(self):
        app = self.pick.choice(list(APPS))
        fields = {"webhookUrl": self.house.hook.url} if self.pick.random() < 0.4 else {}
        files = [os.urandom(self.pick.randrange(1, 20_000)) for _ in range(self.pick.choice([0, 0, 1, 2]))]
        body = {"json": fields}
        if files:
            body = {"data": {"inputs": "{}", **fields}, "files": [("files", (f"{number}.txt", file)) for number, file in enumerate(files)]}
        answer = self.session.post(f"{self.url}/api/v1/apps/{app}/runs", timeout=30, **body)
        if answer.status_code != 202:
            self.acknowledged.refused.append(answer.text)
            return None
        run = answer.json()["id"]
        self.acknowledged.hashes[run] = [hashlib.sha256(file).hexdigest() for file in files]
        if fields:
            self.acknowledged.told.add(run)
        self.acknowledged.runs[run] = app
        return run

    def cancel(self, run):
        answer = self.session.post(f"{self.url}/api/v1/runs/{run}/cancel", timeout=90)
        if answer.status_code == 200:
            self.acknowledged.cancelled.add(run)
        elif answer.status_code not in (404, 409):   # removed already, or over
            self.acknowledged.refused.append(answer.text)


class House:
    """The server, killed in rounds; `disk` says what a kill leaves of its database, where that is less than what was written."""

    def __init__(self, capid, hook, pick):
        self.capid, self.hook, self.pick, self.disk = capid, hook, pick, None
        self.acknowledged = Acknowledged()
        self.given_up = set()   # runs whose webhook had all its tries
        for app, (script, more) in APPS.items():
            capid.app(app, f"agent: {{command: [sh, /app/run.sh, {capid.root.name}]}}\n{more}", run__sh=script)
        self.key = capid.start().key()
        capid.stop()

    def start(self):
        """Until it listens: a server that ends itself before, where it is told to at some change, is started again."""
        while True:
            self._watch()
            try:
                self.capid.start()
                return
            except AssertionError:
                if self.capid.process.poll() != -signal.SIGKILL:
                    raise
                self.kill()

    def _watch(self):
        if self.disk:
            self.disk.watch(self.pick)

    def load(self, seconds):
        """The crowd's, for so long or until the server has ended itself; then it is killed."""
        clients = [Client(self, self.pick.random()) for _ in range(CLIENTS)]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.capid.process.poll() is None:
            time.sleep(min(0.01, max(0, deadline - time.monotonic())))
        self.kill()
        for client in clients:
            client.stopped.set()
        for client in clients:
            client.join(120)
            assert not client.is_alive()

    def kill(self):
        self.capid.kill()
        support.wait_until(lambda: not self.processes(), 10, "the end of everything that the killed server had started")
        if self.disk:
            self.disk.lose_power(self.pick)

    def kill_while_it_starts(self):
        self._watch()
        self.capid.start(wait=False)
        time.sleep(self.pick.uniform(0, 0.25) * support.PATIENCE)
        self.kill()

    def processes(self):
        """Whatever is still there of the server: itself, what it forked, its agents. Each has the folder's name in its command."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and self.capid.root.name.encode() in (entry / "cmdline").read_bytes():
                    found.append(entry.name)
            except OSError:
                continue
        return found

    def rest(self):
        """Until every run and every delivery has ended."""
        unfinished = """SELECT (SELECT count(*) FROM runs WHERE status IN ('pending', 'running'))
                             + (SELECT count(*) FROM deliveries WHERE status IN ('pending', 'sending'))"""
        support.wait_until(lambda: self.capid.database(unfinished) == [(0,)], 300, "the end of every run and delivery")

    def heard(self):
        """The requests that the receiver got, by run."""
        found = {}
        for request in list(self.hook.requests):
            found.setdefault(json.loads(request.body)["id"], []).append(request)
        return found

# SPDX-License-Identifier: Apache-2.0
"""The server that is abused: its apps, its key, what it holds, and what may be asked of it at any time."""
import json
import os
import pathlib
import re
import threading
import urllib.parse

import capid as support
from case import request
from exchange import answers_in, exchange

# The runs of it wait behind the first: what is accepted is counted, and no sandbox is made for it.
HELD = "concurrency: 1"


class Stand:
    def __init__(self, capid):
        self.capid = capid
        capid.shell_app("held", "sleep 100000", HELD)
        capid.shell_app("canary", "true")
        capid.shell_app("quick", "echo bytes > /out/a.txt; echo done")
        capid.start()
        client = capid.client()
        first = client.run("quick")
        url = urllib.parse.urlparse(capid.url)
        self.address = (url.hostname, url.port)
        self.key = client.key.encode()
        self.authorization = b"Authorization: Bearer " + self.key
        self.run = first["id"]
        self.artifact = first["result"]["artifacts"][0]["downloadUrl"]
        self.held = "/api/v1/apps/held/runs"
        # Whoever takes it for a request has taken the end of another's body, or what came after a bad one, for it.
        self.canary = request("POST", "/api/v1/apps/canary/runs", self.authorization, "Content-Type: application/json", body=b"{}")
        self.accepted = {first["id"]}
        self.lock = threading.Lock()
        self.accepted.add(client.submit("held"))   # it runs for all the time, with a few threads and descriptors of its own
        support.wait_until(lambda: self.capid.database("SELECT 1 FROM runs WHERE app_id = 'held' AND status = 'running'"))
        self.threads, self.files, self.memory_kib = self.count_threads(), self.open_files(), self.resident_kib()

    def note(self, answers):
        """Which runs were accepted."""
        with self.lock:
            self.accepted |= {json.loads(answer.body)["id"] for answer in answers if answer.status == 202}

    def folder(self, what):
        return pathlib.Path("/proc") / str(self.capid.server_pid()) / what

    def count_threads(self):
        return len(list(self.folder("task").iterdir()))

    def open_files(self):
        """What its descriptors lead to; a database's readers are opened when they are needed, and stay."""
        links = (os.readlink(entry) for entry in self.folder("fd").iterdir() if entry.is_symlink())
        return sorted(re.sub(r"\d+", "N", link) for link in links if not link.startswith(str(self.capid.data / "capid.db")))

    def resident_kib(self):
        status = self.folder("status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    def check_alive(self):
        """A fresh connection's request is answered rightly."""
        answers = answers_in(exchange(self.address, PROBE))
        assert [(answer.status, answer.body) for answer in answers] == [ALIVE], f"the next request: {answers}"


PROBE = request("GET", "/livez", "Connection: close")
ALIVE = (200, b'{"status":"ok"}\n')


def make_stand(capid):
    stand = Stand(capid)
    stand.check_alive()
    return stand


def server():
    return support.server(config="runs: {queue_limit: 1000000, shutdown_grace: 1s}\n")

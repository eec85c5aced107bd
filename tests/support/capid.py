# SPDX-License-Identifier: Apache-2.0
"""A real capid server for a test: its own data folder, its own port, ended with the test."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import contract
import requests

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("CAPID_BUILD", TOP / "build/release"))
BINARY = BUILD / "capid"
PROBES = BUILD / "probes"
DRIVER = BUILD / "tests/sandbox_driver"
POWER_LOSS = BUILD / "tests/power_loss_capid"
NOBODY = 65534
IS_ROOT = os.geteuid() == 0
# How a server is started where a test does not say: "ordinary" or, on a machine of systemd's, "unit" (see unit.py).
STARTED_AS = os.environ.get("CAPID_STARTED_AS", "ordinary")
# All the ways in which servers are started here.
WAYS = ["unit"] if STARTED_AS == "unit" else ["ordinary", "root"] if IS_ROOT else ["ordinary"]
# Where tests keep what a server is to reach; a unit has a /tmp and a /var/tmp of its own.
SCRATCH = "/srv" if STARTED_AS == "unit" else "/var/tmp"
# Sanitizers make everything slower; a deadline is a safety net, never a measurement.
PATIENCE = float(os.environ.get("CAPID_PATIENCE", "1"))
# How much longer what waits for a set time has to wait, where an emulated processor does the rest.
SLOWNESS = int(os.environ.get("CAPID_SLOWNESS", "1"))
SANITIZED = PATIENCE > 2   # then memory is no measure, since sanitizers keep books of their own, and long tests do less


def cgroup_folders():
    """The folders below which a capid that root starts makes its cgroups."""
    with contextlib.suppress(OSError):
        top = pathlib.Path("/sys/fs/cgroup")
        own = dict(line.split(":", 2)[1:] for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines())
        places = [top] + [top / name / path.lstrip("/") for name, path in own.items() if name]
        return [folder for place in places for folder in place.glob("capid-*")]
    return []


def remove_cgroups():
    """Takes away what is left of those of servers that are gone: that takes root."""
    for folder in cgroup_folders():
        for inner, _, _ in os.walk(folder, topdown=False):
            if any(os.path.exists(f"/proc/{server}") for server in pathlib.Path(inner).relative_to(folder).parts[:1]):
                continue   # named after its server, which may just have made a run's, still empty
            with contextlib.suppress(OSError):
                os.rmdir(inner)


def wait_until(condition, seconds=20, what="condition"):
    """Calls `condition` until it is true, and returns that; fails after `seconds`."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds * PATIENCE:.0f} s")
        time.sleep(0.02)


def as_user(command, user="same"):
    """The command as it must be called to run as `user`: "same" (as the tests run) or "ordinary" (never root)."""
    if user == "ordinary" and IS_ROOT:
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *map(str, command)]
    return [str(word) for word in command]


class Capid:
    """One server. `user` is "root" (capid drops by itself) or "ordinary"; for "unit" there is unit.Unit."""

    def __init__(self, root, user="ordinary", config="", listen="127.0.0.1:0", wrapper=()):
        self.root = pathlib.Path(root)
        self.user = user
        self.listen = listen
        self.wrapper = list(wrapper)
        self.environment = {}   # added to the server's
        self.binary = BINARY
        self.data = self._data_folder()
        self.apps = self.root / "apps"
        self.log_path = self.root / "log"
        self.config_path = self.root / "config.yaml"
        if "rate_limit" not in config:   # tests ask more often than people do
            config += "rate_limit: {requests_per_minute: 1000000}\n"
        self.config_path.write_text(f"apps: {self.apps}\n" + config)
        self.apps.mkdir(exist_ok=True)
        self.data.mkdir(exist_ok=True)
        self.data.chmod(0o700)
        for path in (self.root, self.apps, self.config_path):
            path.chmod(0o755)
        if IS_ROOT and user == "ordinary":
            os.chown(self.data, NOBODY, NOBODY)
        self.process = None
        self.url = None

    def _data_folder(self):
        return self.root / "data"

    def app(self, name, manifest, **files):
        """Makes an app; `files` are its other files, with `__` for the dot in a name."""
        folder = self.apps / name
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        for file, content in files.items():
            path = folder / file.replace("__", ".")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            path.chmod(0o755)
        (folder / "app.yaml").write_text(manifest)
        return name

    def shell_app(self, name, script, manifest=""):
        return self.app(name, f"agent: {{command: [sh, /app/run.sh]}}\n{manifest}", run__sh=script)

    def start(self, wait=True):
        log = open(self.log_path, "ab")
        offset = self.log_path.stat().st_size
        command = [self.binary, "serve", "--config", self.config_path, "--data", self.data, "--listen", self.listen]
        command = [*map(str, self.wrapper), *as_user(command, "ordinary" if self.user == "ordinary" else "same")]
        self.process = subprocess.Popen(command, stderr=log, stdout=log, stdin=subprocess.DEVNULL, env={**os.environ, **self.environment})
        log.close()
        if wait:
            self.url = wait_until(lambda: self._listening(offset), 60, "the server's start").replace("0.0.0.0", "127.0.0.1")
        return self

    def _listening(self, offset):
        text = self.log_path.read_bytes()[offset:].decode(errors="replace")
        for line in text.splitlines():
            if line.startswith("listening on "):
                return line.removeprefix("listening on ")
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}:\n{text}")
        return None

    def server_pid(self):
        """The server's own process, below any wrapper."""
        if not self.wrapper:
            return self.process.pid
        return int(subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=True).stdout.split()[0])

    def kill(self):
        """As a power cut would end it, as far as the server can tell."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=60):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds * PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"the server did not end within {seconds} s of SIGTERM:\n{self.log()}") from None
        return self.process.returncode if self.process else None

    def discard(self):
        """Ends it, and leaves nothing."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)
        if IS_ROOT:
            remove_cgroups()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def cli(self, *words, check=True, input=None):
        """A local command, as the same user who started the server."""
        command = as_user([BINARY, *words, "--config", self.config_path, "--data", self.data], "ordinary" if self.user == "ordinary" else "same")
        return subprocess.run(command, capture_output=True, text=True, check=check, input=input, timeout=120)

    def key(self, **options):
        words = [word for name, value in {"name": "test", **options}.items() for word in (f"--{name}", value)]
        return self.cli("keys", "create", *words).stdout.strip()

    def client(self, key=None):
        return Client(self.url, key or self.key())

    def database(self, sql, *values):
        """What is in the database, read beside the running server."""
        import sqlite3

        with contextlib.closing(sqlite3.connect(f"file:{self.data}/capid.db?mode=ro", uri=True)) as connection:
            return connection.execute(sql, values).fetchall()


class Client:
    def __init__(self, url, key):
        self.url = url
        self.key = key
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"

    def request(self, method, path, **arguments):
        """Any request; the answer must be one that the contract describes."""
        arguments.setdefault("timeout", 90 * PATIENCE)
        answer = self.session.request(method, self.url + path, **arguments)
        if not path.startswith("/admin"):
            contract.contract().check(method, path, answer.status_code, answer.headers, None if arguments.get("stream") else answer.content)
        return answer

    def submit(self, app, inputs=None, files=None, **body):
        """Starts a run and returns its id. `body` are further fields of the request's."""
        if files:
            answer = self.request("POST", f"/api/v1/apps/{app}/runs", data={"inputs": json.dumps(inputs or {}), **body}, files=files)
        else:
            answer = self.request("POST", f"/api/v1/apps/{app}/runs", json={"inputs": inputs or {}, **body})
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def get(self, run):
        answer = self.request("GET", f"/api/v1/runs/{run}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait(self, run, seconds=60):
        def finished():
            got = self.get(run)
            return got if got["status"] not in ("pending", "running") else None

        return wait_until(finished, seconds, f"the end of run {run}")

    def run(self, app, inputs=None, files=None, seconds=60, **body):
        return self.wait(self.submit(app, inputs, files, **body), seconds)

    def text(self, app, inputs=None, files=None):
        """The result of a run that must complete."""
        run = self.run(app, inputs, files)
        assert run["status"] == "completed", run
        return run["result"]["text"]


@contextlib.contextmanager
def server(user=STARTED_AS, **options):
    """A folder and a server in it, not started yet; both go with the scope."""
    import unit

    make = unit.Unit if user == "unit" else Capid
    capid = make(tempfile.mkdtemp(prefix="capid-test-", dir=SCRATCH), user=user, **options)
    try:
        yield capid
        for finding in ("Sanitizer", "runtime error:", "capid: bug:"):
            assert finding not in (capid.log() if capid.log_path.exists() else ""), capid.log()
    finally:
        capid.discard()

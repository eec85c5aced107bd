# SPDX-License-Identifier: Apache-2.0
"""What the tests of forbidden acts share: a server with probes, a host to reach for, throwaway namespaces for the controls."""
import collections
import contextlib
import ctypes
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading

import capid as support

# New namespaces of every kind but user and cgroup; whatever is started in them is killed with them.
NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--ipc", "--uts", "--mount-proc", "--kill-child=KILL"]
ITS_ROOT = ["--user", "--map-root-user"]
ORDINARY_THERE = ["unshare", "--user", "--map-user=1234", "--map-group=1234"]


def _throwaway(command, options, user, timeout=60):
    command = support.as_user([*NAMESPACES, *options, *map(str, command)], user)
    ended = subprocess.run(command, capture_output=True, timeout=timeout * support.PATIENCE, stdin=subprocess.DEVNULL,
                           env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "CAPID_THROWAWAY": "1"}, check=False)
    return ended.stdout.decode(errors="replace"), ended.stderr.decode(errors="replace")


def bare(script, net=True, machines_root=False):
    """What a shell script prints as root of throwaway namespaces, without a sandbox, where the machine takes it for an ordinary user.

    `net=False` leaves it in the host's net namespace. With `machines_root` it is the machine's own root: for what needs just
    that, and does no harm inside the namespaces.
    """
    options = [*([] if machines_root else ITS_ROOT), *(["--net"] if net else [])]
    out, err = _throwaway(["sh", "-c", script], options, "same" if machines_root else "ordinary")
    assert out, f"{script!r} printed nothing: {err}"
    return out


def driven(*words, setup="true"):
    """The outcome of sandbox_driver inside throwaway namespaces; the probes are in /app. `setup` is run there before, as root."""
    driver = [*ORDINARY_THERE, str(support.DRIVER), "--mount", f"{support.PROBES}:/app", *map(str, words)]
    script = f'{setup}; exec "$@"'
    out, err = _throwaway(["sh", "-c", script, "sh", *driver], [*ITS_ROOT, "--net"], "ordinary")
    assert out, f"sandbox_driver {words} printed nothing: {err}"
    return json.loads(out)


def without(steps, *command, options=()):
    """What a program prints in a sandbox that lacks some steps of its set-up."""
    outcome = driven(*(word for step in steps for word in ("--without", step)), *options, "--", *command)
    assert outcome["end"] == "exited", outcome
    return outcome["stdout"]


# One run. `expected` is the whole of its stdout, `allow` the hosts that its app may reach. Words, expected and allow may ask the host.
Act = collections.namedtuple("Act", "number what probe words expected allow", defaults=[[], "", []])


class Host:
    """Things of the host that no run may reach: a file, a database, sockets."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.chmod(0o755)
        self.file = self.folder / "file"
        self.file.write_text("the host's")
        self.file.chmod(0o644)
        self.data = self.folder / "data"
        self.data.mkdir()
        (self.data / "capid.db").write_text("the server's")
        if support.IS_ROOT:
            os.chown(self.data, support.NOBODY, support.NOBODY)
        self.data.chmod(0o700)
        self.abstract = f"capid-acts-{os.getpid()}"
        self.path = str(self.folder / "socket")
        self.sockets = [self._listen(socket.AF_UNIX, "\0" + self.abstract), self._listen(socket.AF_UNIX, self.path)]
        os.chmod(self.path, 0o777)
        self.sockets.append(self._listen(socket.AF_INET, ("127.0.0.1", 0)))
        self.tcp_port = self.sockets[-1].getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp_port = self.udp.getsockname()[1]
        threading.Thread(target=self._answer, daemon=True).start()

    @staticmethod
    def _listen(family, address):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.bind(address)
        listener.listen(64)
        return listener

    def _answer(self):
        with contextlib.suppress(OSError):
            while True:
                question, sender = self.udp.recvfrom(512)
                if not question:
                    return
                self.udp.sendto(question[:2] + b"\x81\x80" + question[4:], sender)

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.udp_port))
        for each in [*self.sockets, self.udp]:
            each.close()


@contextlib.contextmanager
def host():
    folder = tempfile.mkdtemp(prefix="capid-acts-", dir=support.SCRATCH)
    made = Host(folder)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)


def processes_with(mark):
    """The pids of the host's processes that have `mark` in their command line, but for this one."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes() and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
    return found


def status_of(pid, name):
    """A line of /proc/PID/status."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return line.split(":", 1)[1].split()
    return None


def descendants(pid):
    """The pids of all processes below this one."""
    listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return [each for child in map(int, listed) for each in [child, *descendants(child)]]


def is_alive(pid):
    """Not gone, and no zombie that init has yet to take away."""
    try:
        return status_of(pid, "State")[0] != "Z"
    except (OSError, TypeError):
        return False


def landlock_version():
    """The version of Landlock that this kernel offers; 0: none."""
    create_ruleset, only_the_version = 444, 1
    return max(0, ctypes.CDLL(None).syscall(create_ruleset, None, 0, only_the_version))


def lines(outcome, *attempts):
    """The text of attempts that all have the same outcome."""
    return "".join(f"{attempt}: {outcome}\n" for attempt in attempts)


PROXY_PORT = 61001
ODD_HOSTS = ["decimal", "hexadecimal", "hexadecimal parts", "octal", "short", "an address with a dot", "IPv6 with a zone", "IPv6 with an encoded zone",
             "CR LF", "CR", "LF", "space", "tab", "percent", "at", "slash", "backslash", "full-width digits"]
HOSTS_WITH_NUL = ["tunnel to an address, NUL, suffix", "tunnel to a name, NUL, suffix", "URL of an address, NUL, suffix", "tunnel to NUL and an allowed name"]

# At the proxy. What leads to the host's loopback takes more than the app's own word.
EGRESS_ACTS = [
    Act(39, "hide a host behind a NUL", "a39_proxy_nul", [PROXY_PORT, "allowed.test"], lines("400", *HOSTS_WITH_NUL), ["*.allowed.test"]),
    Act(40, "name a host that is read in two ways", "a40_proxy_hosts", [PROXY_PORT, "allowed.test"], lines("400", *ODD_HOSTS), ["*.allowed.test"]),
    Act(41, "reach the host's loopback by a name", "a41_proxy_inside", lambda host: [PROXY_PORT, f"name.localhost:{host.tcp_port}"],
        lines("403", "tunnel"), lambda host: [f"*.localhost:{host.tcp_port}"]),
    Act(42, "get out where nothing is allowed", "a42_no_proxy", [PROXY_PORT, PROXY_PORT + 7],
        lines("ECONNREFUSED", *(f"connect to {PROXY_PORT + i}" for i in range(8))) + "variables that name a proxy: 0\n"),
]


def namespaces(outcome_of_user, outcome):
    """What probe 19 prints, where those that begin with a user namespace have one outcome and the rest another."""
    kinds = ["NEWNS", "NEWPID", "NEWNET", "NEWIPC", "NEWUTS", "NEWCGROUP"]
    text = ""
    for call in ("unshare", "clone"):
        text += lines(outcome_of_user, f"{call} NEWUSER", f"{call} NEWUSER|NEWNS") + lines(outcome, *(f"{call} {kind}" for kind in kinds))
        text += lines(outcome, "unshare NEWTIME") if call == "unshare" else ""
    return text


def attachment(content="x"):
    return [("files", ("x.txt", content.encode()))]


class World:
    """A server with an app for every probe, and what came of each act."""

    def __init__(self, capid, host):
        self.capid = capid
        self.host = host
        self.outcomes = {}
        self.mark = f"capid-mark-{os.getpid()}-{capid.user}"

    def app(self, name, probe, *words, allow=(), **limits):
        command = json.dumps(["/app/probe", *map(str, words)])
        hold = f'env: {{PROBE_HOLD: "{2 * support.SLOWNESS}"}}\n' if "hold" in words else ""
        self.capid.app(name, f"agent: {{command: {command}}}\n{hold}limits: {json.dumps({'timeout': '60s', **limits})}\nnetwork: {json.dumps({'allow': list(allow)})}\n",
                       probe=(support.PROBES / probe).read_bytes())

    def app_for(self, act):
        words, allow = (part(self.host) if callable(part) else part for part in (act.words, act.allow))
        self.app(f"a{act.number:02}", act.probe, *words, allow=allow)

    @contextlib.contextmanager
    def act(self, number, what):
        self.outcomes[number] = (what, "DID NOT HOLD")
        yield
        self.outcomes[number] = (what, "holds")

    def expect(self, app, text, **options):
        """A run that completes with exactly this text; returns it."""
        run = self.client.run(app, **options)
        got = (run["status"], run["errorCode"], run["result"] and run["result"]["text"])
        assert got == ("completed", None, text), f"{run['errorMessage']}: {got}, not {text!r}"
        return run

    def expect_failure(self, app, code, message):
        run = self.client.run(app)
        assert (run["status"], run["errorCode"], run["result"]) == ("failed", code, None), run
        assert message in run["errorMessage"], run["errorMessage"]
        return run

    def wait_for_log(self, run, text):
        sql = "SELECT 1 FROM events WHERE run_id = ? AND type = 'log' AND instr(data, ?)"
        support.wait_until(lambda: self.capid.database(sql, run, text), what=text)

    def skipped(self, run):
        events = self.capid.database("SELECT data FROM events WHERE run_id = ? AND type = 'artifact' ORDER BY sequence", run["id"])
        return [(event["title"], event["skipped"]) for (data,) in events for event in [json.loads(data)] if "skipped" in event]

    def artifacts(self, run):
        return self.client.request("GET", f"/api/v1/runs/{run['id']}/artifacts").json()["artifacts"]

    def memory(self):
        return int(status_of(self.capid.server_pid(), "VmRSS")[0]) << 10

    def table(self, required):
        """Every act and what came of it, for people."""
        outcomes = {**{number: ("?", "NOT TRIED") for number in required}, **self.outcomes}
        rows = "".join(f"  {number:3}  {what:45} {outcome}\n" for number, (what, outcome) in sorted(outcomes.items()))
        return f"\n\nThe acts that must fail, with the server started as {self.capid.user}:\n{rows}"

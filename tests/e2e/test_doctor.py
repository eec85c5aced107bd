# SPDX-License-Identifier: Apache-2.0
"""capid doctor, on this machine as it is and on hosts that lack something; that it leaves nothing and changes nothing."""
import json
import os
import pathlib
import pty
import re
import shutil
import sqlite3
import subprocess
import sys

import acts
import capid as support
import pytest

pytestmark = pytest.mark.alone

SEVERITIES = ["ok", "info", "warning", "error"]
# What the machine that the tests run on has or lacks, whatever a test prepares.
OF_THE_MACHINE = {"kernel.landlock", "sandbox.cgroups", "memory", "memory.swap", "limits.descriptors", "limits.processes", "data.space",
                  "data.file_system", "systemd.unit"}

by_root = pytest.mark.skipif(not support.IS_ROOT, reason="takes root")

# Runs a command and says whether a process that it started is still there two seconds after its end: orphans become ours.
NO_ORPHANS = """
import ctypes, os, subprocess, sys, time
ctypes.CDLL(None).prctl(36, 1)
code = subprocess.call(sys.argv[1:])
for _ in range(200):
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        sys.exit(code)
    time.sleep(0.01)
sys.exit("a process is left")
"""


class Report:
    def __init__(self, ended):
        self.code, self.text, self.stderr = ended.returncode, ended.stdout, ended.stderr
        self.status = self.items = None
        if ended.stdout.startswith("{"):
            report = json.loads(ended.stdout)
            self.status, self.items = report["status"], {item["id"]: item for item in report["items"]}
            assert len(self.items) == len(report["items"]), "an id stands twice"

    def says(self, name, severity, finding, fix=None):
        item = self.items[name]
        assert item["severity"] == severity and finding in item["finding"], item
        assert (item["fix"] is None) if fix is None else (fix in (item["fix"] or "")), item

    def unfit(self):
        return {name for name, item in self.items.items() if item["severity"] in ("warning", "error")}


def run(capid, *words, wrapper=(), **options):
    """`wrapper` is what the command is called through, after its user was chosen."""
    command = [*map(str, wrapper), str(support.BINARY), "doctor", "--config", str(capid.config_path), "--data", str(capid.data), *words]
    command = support.as_user(command, "ordinary" if capid.user == "ordinary" else "same")
    return subprocess.run(command, capture_output=True, text=True, timeout=120 * support.PATIENCE, check=False, **options)


def doctor(capid, **options):
    return Report(run(capid, "--json", **options))


def configure(capid, text):
    capid.config_path.write_text(capid.config_path.read_text() + text)


# Not as a unit: where the tests' servers are units, the machine has cgroups of version 2, and doctor is started by hand all the same.
@pytest.fixture(params=["ordinary", "root"] if support.IS_ROOT else ["ordinary"])
def capid(request):
    with support.server(user=request.param) as server:
        yield server


def test_what_a_report_is(capid):
    capid.shell_app("app", "true")
    capid.start()
    report = doctor(capid)
    assert len(report.items) > 25
    for item in report.items.values():
        assert list(item) == ["id", "title", "severity", "finding", "fix"]
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", item["id"]) and item["title"] and item["severity"] in SEVERITIES
        assert item["finding"] and "\n" not in item["finding"] and not item["finding"].endswith(".")
        assert item["fix"] or item["severity"] in ("ok", "info"), item
    worst = max((item["severity"] for item in report.items.values()), key=SEVERITIES.index)
    assert (report.code, report.status) == {"ok": (0, "ok"), "info": (0, "ok"), "warning": (5, "warning"), "error": (6, "error")}[worst]
    assert report.stderr == ""
    report.says("sandbox.self_test", "ok", "/bin/true ran in it")
    report.says("data.server", "ok", f"one serves this folder at {capid.url}")
    report.says("data.secret", "ok", "its owner's alone")
    report.says("data.schema", "ok", "this capid's own")
    report.says("data.folder", "ok", "and is closed to others")
    report.says("apps", "ok", "1 app, with sound manifests")
    assert capid.client().text("app") == "", "the server was not disturbed"


@by_root
def test_a_host_in_good_order_is_code_0(tmp_path):
    with support.server(user="root", config="user: daemon\n") as capid:
        shutil.chown(capid.data, "daemon", "daemon")
        report = doctor(capid)
        assert report.unfit() <= OF_THE_MACHINE, report.items
        report.says("user", "ok", "started as root, capid drops to daemon (1)")
        assert report.code == (5 if report.unfit() else 0)


def test_nothing_is_left_and_nothing_is_changed(capid):
    capid.shell_app("app", "true")
    capid.start()
    capid.stop()
    files = {path: path.lstat().st_mtime_ns for path in capid.data.rglob("*")}
    mounts, groups = pathlib.Path("/proc/self/mountinfo").read_text(), pathlib.Path("/proc/self/cgroup").read_text()
    for _ in range(2):
        command = [sys.executable, "-c", NO_ORPHANS, support.BINARY, "doctor", "--data", capid.data, "--json"]
        with subprocess.Popen(support.as_user(command, "ordinary" if capid.user == "ordinary" else "same"), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as started:
            out, err = started.communicate(timeout=120 * support.PATIENCE)
        assert started.returncode in (0, 5), out + err
        assert '"sandbox.self_test"' in out
        assert {path: path.lstat().st_mtime_ns for path in capid.data.rglob("*")} == files
        assert pathlib.Path("/proc/self/mountinfo").read_text() == mounts
        assert pathlib.Path("/proc/self/cgroup").read_text() == groups


@by_root
def test_the_cgroups_of_a_user_who_never_had_any_are_gone():
    """Others may start servers meanwhile, so that this looks at folders of a user of its own."""
    def folders():
        return [path for path in pathlib.Path("/sys/fs/cgroup").rglob("capid-*") if path.name in ("capid-1", "capid-2")]

    control = {path: path.read_text() for path in pathlib.Path("/sys/fs/cgroup").glob("**/cgroup.subtree_control") if len(path.parts) < 6}
    with support.server(user="root", config="user: bin\n") as capid:
        shutil.chown(capid.data, "bin", "bin")
        before = folders()
        report = doctor(capid)
        report.says("sandbox.self_test", "ok", "as the user bin")
        assert folders() == before
    assert {path: path.read_text() for path in control if path.exists()} == {path: text for path, text in control.items() if path.exists()}


def test_before_the_first_start_there_is_no_data_folder(capid):
    capid.data = capid.root / "new/data"
    if capid.user == "ordinary" and support.IS_ROOT:
        doctor(capid).says("data.folder", "error", "it is not there, and the user nobody may not make it", "install -d -m 700 -o nobody")
        capid.root.chmod(0o777)
    report = doctor(capid)
    report.says("data.folder", "info", "not there yet: capid serve makes it")
    report.says("data.secret", "info", "none yet")
    report.says("data.schema", "info", "none yet")
    report.says("data.server", "info", "none serves this folder now")
    report.says("apps", "info", "there are none yet", str(capid.apps))
    assert not capid.data.parent.exists()


def test_a_data_folder_that_others_can_look_into(capid):
    capid.start()
    capid.stop()
    capid.data.chmod(0o755)
    report = doctor(capid)
    report.says("data.folder", "warning", "its mode is 0755", f"chmod 700 {capid.data}")
    assert report.code == 5
    capid.data.chmod(0o700)
    (capid.data / "instance.secret").chmod(0o640)
    report = doctor(capid)
    report.says("data.secret", "error", "its mode is 0640", f"chmod 600 {capid.data}/instance.secret")
    assert report.code == 6
    (capid.data / "instance.secret").unlink()
    doctor(capid).says("data.secret", "error", "it is missing", "from a backup")


@by_root
def test_a_data_folder_of_another_user(capid):
    shutil.chown(capid.data, "bin", "bin")
    if capid.user == "root":
        configure(capid, "user: daemon\n")
    report = doctor(capid)
    report.says("data.folder", "error", "belongs to the user 2, and capid serves as", f"chown -R {'daemon' if capid.user == 'root' else 'nobody'} ")
    assert report.code == 6


@pytest.mark.parametrize("version, severity, finding, fix", [(99, "error", "written by a newer capid", "restore a backup"),
                                                             (1, "info", "capid serve brings it up to date", "cp -a")])
def test_a_database_of_another_schema(capid, version, severity, finding, fix):
    capid.start()
    capid.stop()
    connection = sqlite3.connect(capid.data / "capid.db")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.close()
    report = doctor(capid)
    report.says("data.schema", severity, finding, fix)
    assert f"schema {version} " in report.items["data.schema"]["finding"]
    assert (report.code == 6) == (severity == "error")


def test_a_server_that_was_killed_leaves_a_note(capid):
    capid.start()
    capid.kill()
    support.wait_until(lambda: "was killed at" in doctor(capid).items["data.server"]["finding"], what="the lock's end")
    doctor(capid).says("data.server", "info", f"one was killed at {capid.url} and left its note")


def test_a_broken_app_is_named(capid):
    capid.shell_app("good", "true")
    capid.app("bad", "agent: {comand: [x]}\n")
    report = doctor(capid)
    report.says("apps", "warning", '2 apps, of which 1 disabled by what is wrong in the manifest: bad/app.yaml:1: unknown key "comand"', "capid apps check")
    assert report.code == 5


def test_a_broken_config_is_an_item_and_the_rest_goes_on(capid):
    configure(capid, "runz: {}\nsandbx: {}\nlisten: 127.0.0.1:9\n")
    report = doctor(capid)
    report.says("config", "error", 'config.yaml:3: unknown key "runz"; did you mean "runs"? (and 1 more); what follows is about the defaults', "correct it")
    report.says("sandbox.self_test", "ok", "/bin/true ran in it")
    report.says("listen", "ok", "127.0.0.1:8080")
    assert report.code == 6


def test_addresses_that_others_reach(capid):
    configure(capid, "listen: [127.0.0.1:0, 0.0.0.0:8080]\n")
    doctor(capid).says("listen", "warning", "in the clear to 0.0.0.0:8080", "listen: 127.0.0.1:8080")


@by_root
@pytest.mark.parametrize("named, finding", [("nobody-of-this-name", 'there is no user "nobody-of-this-name"'), ("root", "user must not be root")])
def test_a_user_that_cannot_serve(named, finding):
    with support.server(user="root", config=f"user: {named}\n") as capid:
        report = doctor(capid)
        report.says("user", "error", finding, "useradd --system")
        report.says("sandbox.self_test", "ok", "one was made as the user")
        assert report.code == 6


@by_root
def test_dangerous_groups_are_named():
    with support.server(user="ordinary") as capid:
        capid.user = "root"   # setpriv chooses the user instead
        as_member = ["setpriv", f"--reuid={support.NOBODY}", f"--regid={support.NOBODY}", "--groups=6,42"]
        report = doctor(capid, wrapper=as_member)
        report.says("user.groups", "warning", "nobody is in the groups disk, shadow, and so is every agent", "gpasswd -d nobody disk")
        assert report.code == 5
        doctor(capid, wrapper=[*as_member[:-1], "--clear-groups"]).says("user.groups", "ok", "none that opens more")
        doctor(capid, wrapper=["setpriv", "--groups=6,42"]).says("user.groups", "ok", "dropped with root's rights")


@pytest.mark.skipif(not pathlib.Path("/usr/lib/systemd/system/capid.service").exists() or not pathlib.Path("/run/systemd/system").exists(),
                    reason="takes a machine of systemd's with capid installed")
def test_the_unit_is_asked_for_its_own_cgroups():
    with support.server(user="root") as capid:
        doctor(capid).says("systemd.unit", "ok", "delegated to it: cpu memory pids; TasksMax=16384")


def test_strict_is_an_error_where_something_is_missing(capid):
    report = doctor(capid, wrapper=[support.PROBES / "without_landlock"])
    report.says("kernel.landlock", "warning", "not switched on: runs go without that second wall", "lsm=")
    report.says("sandbox.strict", "info", "off", "sandbox: {strict: true}")
    configure(capid, "sandbox: {strict: true}\n")
    report = doctor(capid, wrapper=[support.PROBES / "without_landlock"])
    report.says("sandbox.strict", "error", "capid serve refuses to start", "sandbox: {strict: false}")
    assert report.code == 6


@by_root
def test_without_cgroups_it_says_what_is_lost_and_how_to_get_them():
    with support.server(user="ordinary") as capid:
        doctor(capid).says("sandbox.cgroups", "warning", "none are delegated to what is started from this shell", "systemd-run --user --scope -p Delegate=yes")


# Hosts on which no sandbox can be made: what root of throwaway namespaces does, what is unshared then, the finding, the fix.
IN_ITS_OWN = "unshare --user --map-user=1234 --map-group=1234"
BROKEN = {
    "limit of 0": ("true", f"{IN_ITS_OWN} --keep-caps sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec \"$@\"' sh", "step clone failed (No space left on device)",
                   "sysctl -w user.max_user_namespaces=15000"),
    "limit reached": ("echo 1 >/proc/sys/user/max_user_namespaces", IN_ITS_OWN, "step clone failed (No space left on device): no more namespaces",
                      "sysctl user | grep _namespaces"),
    "covered proc": ("mount -t tmpfs t /proc/sys/kernel", IN_ITS_OWN, "step mounts.proc failed (Operation not permitted): something covers files in /proc",
                     "ProtectProc=invisible"),
}


@pytest.mark.parametrize("setup, entry, finding, fix", BROKEN.values(), ids=BROKEN)
def test_a_host_on_which_no_sandbox_can_be_made(setup, entry, finding, fix):
    script = f"{setup}; {entry} {support.BINARY} doctor --data /tmp/nowhere --json; echo code $?"
    out = acts.bare(script)
    report = Report(subprocess.CompletedProcess([], int(out.rpartition("code ")[2]), out.rpartition("code ")[0], ""))
    report.says("sandbox.self_test", "error", finding, fix)
    report.says("sandbox.programs", "info", "without a sandbox they cannot be looked for")
    assert (report.code, report.status) == (6, "error")
    if "echo 0" in entry:
        report.says("kernel.user_namespaces", "error", "user.max_user_namespaces is 0: no sandbox can be made", "/etc/sysctl.d/60-capid.conf")


def seen(capid, **environment):
    """What a person sees of it on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    os.set_inheritable(theirs, True)
    subprocess.run(["stty", "cols", "80", "rows", "24", "-opost"], stdin=theirs, check=True)
    words = [support.BINARY, "doctor", "--config", capid.config_path, "--data", capid.data]
    with subprocess.Popen(support.as_user(words, "ordinary"), stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm", **environment}) as started:
        os.close(theirs)
        text = b""
        while started.poll() is None or text.count(b"\n") == 0:
            try:
                text += os.read(ours, 65536)
            except OSError:
                break
    os.close(ours)
    return text.decode()


def test_what_people_see():
    with support.server(user="ordinary") as capid:
        configure(capid, "runz: {}\n")
        plain = run(capid).stdout
        assert "\x1b" not in plain
        lines = plain.splitlines()
        assert lines[0].startswith("As the user ") and lines[0].endswith(str(capid.data))
        assert re.fullmatch(r"1 error, \d+ warnings?, \d+ notes?, \d+ in order", lines[-1])
        order = [SEVERITIES.index(line.split()[0]) for line in lines if re.match(r"  \w", line)]
        assert order == sorted(order) and order[-1] == 3, "the worst last"
        assert all(len(line) <= 80 for line in lines[1:] if "fix: " not in line and "/" not in line)
        assert re.search(r"^  error    config +\S+/config.yaml:\d", plain, re.MULTILINE)
        coloured = seen(capid)
        assert "\x1b[31merror" in coloured and "\x1b[32mok" in coloured
        assert "\x1b" not in seen(capid, NO_COLOR="1")


def test_help_tells_the_exit_codes():
    told = subprocess.run([support.BINARY, "doctor", "--help"], capture_output=True, text=True, check=True).stdout
    assert "0 where all is well, 5 where there are warnings, 6 where there are errors" in " ".join(told.split())

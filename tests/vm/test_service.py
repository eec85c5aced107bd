# SPDX-License-Identifier: Apache-2.0
"""capid.service exactly as the package ships it, at its own address and in its own folders: start, stop, restart, death, rating."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import acts
import capid as support
import pytest
import visitor
from unit import property_of, systemctl

UNIT = "capid.service"
DATA = pathlib.Path("/var/lib/capid")
CONFIG = pathlib.Path("/etc/capid/config.yaml")
KEYS = pathlib.Path("/etc/capid/keys")
CGROUPS = pathlib.Path("/sys/fs/cgroup")
URL = "http://127.0.0.1:8080"
WORST_RATING = 3.0
GRACE = "3s"
AGENT = "sleep\x00300"   # the command line of the app that stays

pytestmark = pytest.mark.skipif(not pathlib.Path("/payload").exists(), reason="changes the machine: for tests/vm/run.sh alone")


def run_capid(*words):
    return subprocess.run([support.BINARY, *words], capture_output=True, text=True, check=True).stdout.strip()


def run_capid_with(line, *words):
    return subprocess.run([support.BINARY, *words], capture_output=True, text=True, check=True, input=line + "\n").stdout.strip()


def add_app(name, script, manifest=""):
    folder = DATA / "apps" / name
    folder.mkdir(parents=True)
    (folder / "run.sh").write_text(script)
    (folder / "app.yaml").write_text(f"agent: {{command: [sh, /app/run.sh]}}\n{manifest}")
    for path in [DATA / "apps", folder, *folder.iterdir()]:
        shutil.chown(path, "capid", "capid")
        path.chmod(0o755)


def log_since(moment):
    return subprocess.run(["journalctl", "-u", UNIT, "-o", "cat", "--no-pager", f"--since=@{moment:.3f}"], capture_output=True, text=True, check=True).stdout


def cgroup_of(pid):
    return CGROUPS / pathlib.Path(f"/proc/{pid}/cgroup").read_text().strip().removeprefix("0::/")


def start():
    systemctl("start", UNIT)
    return support.Client(URL, run_capid("keys", "create", "--name", "test"))


@pytest.fixture(scope="module")
def with_config():
    """A config of root's own, with little grace, for the tests that stop the service; strict, so that a protection which the
    unit takes away would be an error of the start."""
    shipped = CONFIG.read_bytes()
    CONFIG.write_text(f"runs: {{shutdown_grace: {GRACE}, concurrency: 2}}\nrate_limit: {{requests_per_minute: 100000}}\n"
                      "sandbox: {strict: true}\n")
    yield
    CONFIG.write_bytes(shipped)


@pytest.fixture
def client(with_config):
    client = start()
    yield client
    systemctl("stop", UNIT)
    assert property_of(UNIT, "Result") == "success"


@pytest.fixture
def without_config():
    elsewhere = CONFIG.parent.rename("/etc/capid.elsewhere")
    yield
    elsewhere.rename(CONFIG.parent)


def test_it_starts_without_any_config_and_says_when_it_is_up(without_config):
    client = start()
    assert client.request("GET", "/readyz").json() == {"status": "ok"}, "systemctl start returns once it listens"
    shown = {name: property_of(UNIT, name) for name in ("ActiveState", "StatusText", "User", "DelegateControllers", "Restart")}
    assert shown == {"ActiveState": "active", "StatusText": f"listening on {URL}", "User": "capid", "DelegateControllers": "cpu memory pids",
                     "Restart": "on-failure"}
    assert (DATA.owner(), oct(DATA.stat().st_mode & 0o7777)) == ("capid", "0o700")


def test_it_is_an_ordinary_user_without_any_right():
    pid = int(property_of(UNIT, "MainPID"))
    user = os.stat(DATA).st_uid
    assert user != 0
    for process in [pid, *acts.descendants(pid)]:
        assert set(acts.status_of(process, "Uid")) == {str(user)}
    assert {acts.status_of(pid, name)[0] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (acts.status_of(pid, "NoNewPrivs"), acts.status_of(pid, "Seccomp")) == (["1"], ["2"])


def test_its_processes_are_below_cgroups_of_its_own():
    """What systemd delegates: the server in a leaf, one more cgroup for each run, with the three limits to be had."""
    own = CGROUPS / property_of(UNIT, "ControlGroup").lstrip("/")
    assert cgroup_of(property_of(UNIT, "MainPID")) == own / "server"
    assert (own / "runs/cgroup.controllers").read_text().split() == ["cpu", "memory", "pids"]
    assert (own / "runs/cgroup.subtree_control").read_text().split() == ["cpu", "memory", "pids"]
    assert (own / "memory.oom.group").read_text() == "0\n", "one run's end for its memory is not the service's"


def test_its_rating_is_good(capsys):
    told = subprocess.run(["systemd-analyze", "security", "--no-pager", UNIT], capture_output=True, text=True, check=True).stdout
    rating = re.search(rf"Overall exposure level for {re.escape(UNIT)}: ([\d.]+)", told)
    with capsys.disabled():
        print("\n" + rating[0])
    assert float(rating[1]) <= WORST_RATING, told


def test_a_run_of_an_app_in_the_data_folder():
    add_app("hello", "echo hello; echo made >/out/file; id -u")
    client = start()
    support.wait_until(lambda: client.request("GET", "/api/v1/apps/hello").status_code == 200, what="the app's being found")
    run = client.run("hello")
    assert (run["status"], run["result"]["text"], run["degraded"]) == ("completed", "hello\n1000\n", False)
    assert client.request("GET", run["result"]["artifacts"][0]["downloadUrl"]).content == b"made\n"
    systemctl("stop", UNIT)


def test_a_stop_lets_a_run_finish_and_the_service_takes_no_new_one(client):
    add_app("short", "echo begun >&2; sleep 1; echo done")
    support.wait_until(lambda: client.request("GET", "/api/v1/apps/short").status_code == 200)
    run = client.submit("short")
    support.wait_until(lambda: client.get(run)["status"] == "running")
    systemctl("stop", UNIT)
    again = start()
    got = again.get(run)
    assert (got["status"], got["result"]["text"]) == ("completed", "done\n")


def test_a_stop_within_the_grace_and_a_start_that_goes_on(client):
    """One run is interrupted, one that waited runs after the start: `systemctl restart` loses none."""
    add_app("long", "echo capid-vm-long >&2; exec sleep 300", "concurrency: 1\nlimits: {timeout: 400s}\n")
    support.wait_until(lambda: client.request("GET", "/api/v1/apps/long").status_code == 200)
    runs, waiting = client.submit("long"), client.submit("long")
    support.wait_until(lambda: client.get(runs)["status"] == "running" and acts.processes_with(AGENT), what="the agent")
    begun = time.time()
    systemctl("stop", UNIT)
    took = time.time() - begun
    assert 3 <= took < 3 + 10 * support.PATIENCE
    assert acts.processes_with(AGENT) == []
    log = log_since(begun)
    assert "stopping: no new runs" in log and "Killing process" not in log, log
    again = start()
    assert (again.get(runs)["status"], again.get(runs)["errorCode"]) == ("failed", "INTERRUPTED")
    support.wait_until(lambda: again.get(waiting)["status"] == "running", what="the run that waited")
    again.request("POST", f"/api/v1/runs/{waiting}/cancel")
    assert again.wait(waiting)["status"] == "cancelled"


def test_a_kill_leaves_no_orphan_and_the_service_comes_back(client):
    before = int(property_of(UNIT, "MainPID"))
    run = client.submit("long")
    support.wait_until(lambda: client.get(run)["status"] == "running" and acts.processes_with(AGENT), what="the agent")
    below = acts.descendants(before)
    assert len(below) >= 3
    cgroup = cgroup_of(acts.processes_with(AGENT)[0])
    assert cgroup.parent == CGROUPS / property_of(UNIT, "ControlGroup").lstrip("/") / "runs"
    number = cgroup.stat().st_ino   # names come again
    assert {(cgroup / name).read_text().split()[0].isdigit() for name in ("memory.max", "pids.max")} == {True}
    os.kill(before, signal.SIGKILL)
    support.wait_until(lambda: not any(acts.is_alive(pid) for pid in below), 3, "the death of all below the server")
    assert acts.processes_with(AGENT) == []
    support.wait_until(lambda: property_of(UNIT, "ActiveState") == "active" and int(property_of(UNIT, "MainPID")) not in (0, before), 30, "the next start")
    assert number not in [each.stat().st_ino for each in cgroup.parent.iterdir()]
    got = client.get(run)
    assert (got["status"], got["errorCode"]) == ("failed", "INTERRUPTED")


def shift_clock(days):
    subprocess.run(["date", "--set", f"@{time.time() + days * 86_400:.3f}"], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def the_clock_again():
    """Set right afterwards by the one that nobody sets."""
    ahead = time.time() - time.monotonic()
    yield
    subprocess.run(["date", "--set", f"@{time.monotonic() + ahead:.3f}"], check=True, stdout=subprocess.DEVNULL)


def test_a_clock_set_back_and_forth_loses_nothing(client, the_clock_again):
    runs = [client.run("short")["id"]]
    for days in (3, -400, 397):
        runs.append(client.submit("short"))
        support.wait_until(lambda: client.get(runs[-1])["status"] == "running")
        shift_clock(days)
        got = client.wait(runs[-1])
        assert (got["status"], got["result"]["text"]) == ("completed", "done\n")
        runs.append(client.run("short")["id"])
    assert sorted(runs) == runs, "the order is that of the submissions, whatever the clock says"
    systemctl("restart", UNIT)
    assert {client.get(run)["status"] for run in runs} == {"completed"}
    listed = [run["id"] for run in client.request("GET", "/api/v1/apps/short/runs?limit=100").json()["runs"]]
    assert [run for run in listed if run in runs] == runs[::-1]


def test_a_clock_that_is_set_expires_no_run_that_waits(client, the_clock_again):
    busy, waiting = client.submit("long"), client.submit("long", ttlSeconds=3600)
    support.wait_until(lambda: client.get(busy)["status"] == "running")
    shift_clock(3)
    begun = time.time()
    client.request("POST", f"/api/v1/runs/{busy}/cancel")
    support.wait_until(lambda: client.get(waiting)["status"] == "running", what="the run that waited")
    support.wait_until(lambda: "the clock was set" in log_since(begun), what="the server's word of it")
    client.request("POST", f"/api/v1/runs/{waiting}/cancel")
    assert client.wait(waiting)["status"] == "cancelled"


def test_the_page_finds_nothing_amiss_with_the_host(client):
    run_capid_with(visitor.PASSWORD, "accounts", "add", "keeper", "--role", "admin", "--password-stdin")
    report = visitor.Visitor(URL).sign_in("keeper").get("/system/doctor")
    amiss = [check for check in report["items"] if check["severity"] not in ("ok", "info")]
    assert amiss == [], report


def test_a_grace_beyond_the_units_timeout_is_granted(with_config):
    drop_in = pathlib.Path("/run/systemd/system/capid.service.d/short.conf")
    drop_in.parent.mkdir()
    drop_in.write_text("[Service]\nTimeoutStopSec=500ms\n")
    systemctl("daemon-reload")
    try:
        client = start()
        run = client.submit("short")
        support.wait_until(lambda: client.get(run)["status"] == "running")
        systemctl("stop", UNIT)
        assert property_of(UNIT, "Result") == "success"
        assert start().get(run)["status"] == "completed"
    finally:
        shutil.rmtree(drop_in.parent)
        systemctl("daemon-reload")
        systemctl("stop", UNIT)


def test_keys_of_providers_are_the_services_alone(with_config):
    (KEYS / "claude").write_text("a provider's key")
    (KEYS / "claude").chmod(0o600)
    start()
    handed_over = pathlib.Path("/run/credentials") / UNIT / "key_claude"
    assert handed_over.read_text() == "a provider's key"
    reading = ["setpriv", "--clear-groups", "--regid=capid", "cat", str(handed_over)]
    assert subprocess.run([*reading[:1], "--reuid=capid", *reading[1:]], capture_output=True, check=True).stdout == b"a provider's key"
    assert subprocess.run([*reading[:1], "--reuid=65534", *reading[1:]], capture_output=True, check=False).returncode != 0
    (KEYS / "claude").unlink()
    systemctl("stop", UNIT)


def test_a_wrong_config_is_said_once_and_not_tried_again(with_config):
    begun = time.time()
    sound = CONFIG.read_text()
    CONFIG.write_text("concurency: 3\n")
    try:
        systemctl("start", UNIT, check=False)
        assert (property_of(UNIT, "ActiveState"), property_of(UNIT, "ExecMainStatus"), property_of(UNIT, "NRestarts")) == ("failed", "2", "0")
        assert log_since(begun).count("config.yaml:1: unknown key") == 1
    finally:
        CONFIG.write_text(sound)
        systemctl("reset-failed", UNIT)

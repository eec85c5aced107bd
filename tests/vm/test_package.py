# SPDX-License-Identifier: Apache-2.0
"""The packages, from a clean machine on. The tarball is installed and taken away; the .deb is installed, set up, used, purged,
upgraded to from an earlier capid, removed, and installed again. Each test goes on where the one before it ended; the last one leaves
capid installed."""
import contextlib
import json
import os
import pathlib
import pwd
import shutil
import sqlite3
import subprocess
import tarfile

import capid as support
import pytest
import requests
import visitor
from unit import property_of, systemctl

PAYLOAD = pathlib.Path("/payload/packages")
UNIT = "capid.service"
URL = "http://127.0.0.1:8080"
CONFIG = pathlib.Path("/etc/capid/config.yaml")
DATA = pathlib.Path("/var/lib/capid")
EXAMPLES = pathlib.Path("/usr/share/doc/capid/examples/apps")
PROFILE = pathlib.Path("/etc/apparmor.d/capid")
ABI = pathlib.Path("/etc/apparmor.d/abi")

# What is looked at for leftovers, and what others than the package write there: dpkg, the system's log, and whoever makes users.
PLACES = ("/etc", "/usr", "/var", "/opt", "/srv", "/root", "/run")
OTHERS = ("/var/lib/dpkg/", "/var/log/", "/var/cache/", "/var/tmp/", "/run/", "/etc/.pwd.lock", "/etc/passwd-", "/etc/group-", "/etc/shadow-",
          "/etc/gshadow-", "/var/lib/systemd/")
OWN_AMONG_OTHERS = ("/run/capid", "/run/systemd/system/capid", "/var/lib/systemd/deb-systemd-helper", "/var/lib/dpkg/info/capid.")
ACCOUNTS = [pathlib.Path(f"/etc/{name}") for name in ("passwd", "group", "shadow", "gshadow")]

# What later tests compare with: the machine before, and what the earlier capid had.
kept = {}

pytestmark = pytest.mark.skipif(not pathlib.Path("/payload").exists(), reason="changes the machine: for tests/vm/run.sh alone")


def of_capid(path):
    return path.startswith(OWN_AMONG_OTHERS)


def machine():
    """Every path that a package could leave, and what the files of accounts say."""
    found = set()
    for place in PLACES:
        for folder, folders, files in os.walk(place):
            found.update(path for name in folders + files if of_capid(path := f"{folder}/{name}") or not path.startswith(OTHERS))
    return {path for path in found if "__pycache__" not in path}, [path.read_text() for path in ACCOUNTS]


def assert_clean(clean):
    """What is there now was there then; a folder that is shared, such as one for man pages, may stay when it is empty."""
    (paths, accounts), (paths_then, accounts_then) = machine(), clean
    assert {path for path in paths - paths_then if not shared(path)} == set()
    assert accounts == accounts_then, "the user is gone as well"


def shared(path):
    return path.startswith("/usr/local/share") and os.path.isdir(path) and not path.endswith("/capid")


def dpkg(*words):
    """What it and the package's scripts say. Nobody is there to be asked anything."""
    ended = subprocess.run(["dpkg", *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def install(which):
    return dpkg("--install", PAYLOAD / f"{which}.deb")


def shell(command):
    return subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def there_is_a_user():
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam("capid"))
    return False


def is_up():
    return (property_of(UNIT, "ActiveState"), property_of(UNIT, "UnitFileState")) == ("active", "enabled")


def add_app(name, script, limits="{}"):
    folder = DATA / "apps" / name
    folder.mkdir(parents=True)
    (folder / "run.py").write_text(script)
    (folder / "app.yaml").write_text(f"agent: {{command: [python3, /app/run.py]}}\nlimits: {limits}\n")
    shell(f"chown -R capid:capid {DATA}/apps")


def ask(key, path, **arguments):
    """As any program would, that knows an address and a key."""
    method = "POST" if arguments else "GET"
    return requests.request(method, f"{URL}/api/v1{path}", headers={"Authorization": f"Bearer {key}", "Prefer": "wait=60"}, timeout=120, **arguments)


def run(key, app, **arguments):
    support.wait_until(lambda: ask(key, f"/apps/{app}").status_code == 200, what=f"the service's finding {app}")
    answer = ask(key, f"/apps/{app}/runs", **(arguments or {"json": {}}))
    assert answer.status_code in (200, 202), answer.text
    return support.wait_until(lambda: (got := ask(key, f"/runs/{answer.json()['id']}").json())["status"] not in ("pending", "running") and got, 60)


def ids_of_runs(key):
    return [each["id"] for each in ask(key, "/runs").json()["runs"]]


def artifacts(key, runs):
    return {file["downloadUrl"]: requests.get(URL + file["downloadUrl"], headers={"Authorization": f"Bearer {key}"}, timeout=60).content
            for each in runs if each["result"] for file in each["result"]["artifacts"]}


def keys_by_name():
    return {key["name"]: key for key in json.loads(shell("capid keys list --json"))}


def schema():
    with contextlib.closing(sqlite3.connect(f"file:{DATA}/capid.db?mode=ro", uri=True)) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def state_of(path):
    return path.owner(), path.group(), oct(path.stat().st_mode & 0o7777)


def test_the_tarball_installs_the_service_and_takes_it_away(tmp_path):
    clean = machine()
    with tarfile.open(PAYLOAD / "capid.tar.gz") as archive:
        archive.extractall(tmp_path)
    (folder,) = tmp_path.iterdir()
    assert "started    capid.service" in shell(f"{folder}/install.sh")
    assert is_up() and "/usr/local/bin/capid serve" in property_of(UNIT, "ExecStart")
    key = shell("/usr/local/bin/capid keys create --name kept 2>/dev/null")
    assert "restarted  capid.service" in shell(f"{folder}/install.sh")
    assert is_up() and ask(key, "/runs").status_code == 200
    told = shell(f"{folder}/install.sh --uninstall").splitlines()
    assert property_of(UNIT, "ActiveState") == "inactive" and DATA.exists()
    shell(told[-1])   # which says how to take away what it kept
    assert_clean(clean)


def test_it_installs_on_a_clean_machine_and_the_service_starts():
    assert not pathlib.Path("/usr/bin/capid").exists() and not there_is_a_user()
    kept["clean"] = machine()
    told = install("capid")
    assert "run  sudo capid setup" in told
    assert is_up() and requests.get(f"{URL}/readyz", timeout=60).json() == {"status": "ok"}
    assert dpkg("--verify", "capid") == ""
    assert (state_of(CONFIG), state_of(CONFIG.parent / "keys")) == (("root", "root", "0o600"), ("root", "root", "0o700"))
    assert pwd.getpwnam("capid")[4:] == ("capid server", "/var/lib/capid", "/usr/sbin/nologin")
    assert not PROFILE.exists(), "this machine's AppArmor could not read it"


def test_what_the_config_says_is_what_holds_without_it():
    assert {line[:1] for line in CONFIG.read_text().splitlines()} <= {"#", ""}


def test_the_admin_is_set_up_by_the_link_that_setup_prints():
    address, _, token = shell("capid setup").partition("#")
    assert address == f"{URL}/setup"
    visitor.Visitor(URL).post("/setup", token=token, password=visitor.PASSWORD)
    assert visitor.Visitor(URL).sign_in("admin").get("/session")
    again = {"token": token, "password": "another horse battery"}
    assert visitor.Visitor(URL).code("POST", "/setup", json=again) == (403, "INVALID_SETUP_TOKEN"), "it is good once"


def test_an_example_runs_with_a_file_from_outside():
    """In the words of README.Debian."""
    readme = (EXAMPLES.parents[1] / "README.Debian").read_text()
    commands = [line.strip().removeprefix("sudo ") for line in readme.splitlines() if "/var/lib/capid/apps" in line and line.strip().startswith("sudo")]
    assert len(commands) == 2
    shell(" && ".join(commands))
    key = shell("capid keys create --name outside")
    with open(EXAMPLES / "sales-report/example.csv", "rb") as file:
        got = run(key, "sales-report", data={"inputs": json.dumps({"year": 2026})}, files={"sales": file})
    assert (got["status"], got["degraded"], json.loads(got["result"]["text"])["revenue"]) == ("completed", False, "23948.70"), got
    assert [file["filename"] for file in got["result"]["artifacts"]] == ["chart.svg", "report.md"]
    assert all(artifacts(key, [got]).values())


def test_limits_hold():
    key = shell("capid keys create --name limits")
    add_app("greedy", "held = []\nwhile True: held.append(bytearray(1 << 20))\n", "{memory: 64MiB, disk: 1MiB}")
    add_app("many", "import os, time\ntry:\n  while True:\n    if os.fork() == 0: time.sleep(60)\nexcept OSError as error: print(error.strerror)\n",
            "{pids: 16}")
    got = run(key, "greedy")
    assert (got["status"], got["errorCode"]) == ("failed", "OUT_OF_MEMORY"), got
    got = run(key, "many")
    assert (got["status"], got["result"]["text"]) == ("completed", "Resource temporarily unavailable\n"), got
    assert is_up()


def test_a_purge_leaves_nothing():
    edited = pathlib.Path("/etc/systemd/system/capid.service.d/override.conf")   # as systemctl edit does
    edited.parent.mkdir()
    edited.write_text("[Service]\nNice=1\n")
    (CONFIG.parent / "keys/claude").write_text("a provider's key")
    dpkg("--purge", "capid")
    assert not there_is_a_user()
    assert_clean(kept["clean"])


def test_an_earlier_capid_is_used():
    install("earlier")
    assert is_up()
    CONFIG.write_text("rate_limit: {requests_per_minute: 100000}   # an admin's\n")
    systemctl("restart", UNIT)
    add_app("made", "open('/out/made', 'wb').write(bytes(range(256)) * 400); print('done')")
    add_app("wrong", "raise SystemExit(3)")
    shutil.copytree(EXAMPLES / "sales-report", DATA / "apps/sales-report")
    shell(f"chown -R capid:capid {DATA}/apps")
    key, one = shell("capid keys create --name all"), shell("capid keys create --name one --app made")
    gone = shell("capid keys create --name gone")
    shell(f"capid keys revoke {keys_by_name()['gone']['id']}")
    with open(EXAMPLES / "sales-report/example.csv", "rb") as file:
        runs = [run(key, "sales-report", data={"inputs": json.dumps({"year": 2026})}, files={"sales": file})]
    runs += [run(one, "made"), run(one, "made"), run(key, "wrong")]
    assert [each["status"] for each in runs] == ["completed"] * 3 + ["failed"], runs
    kept.update(key=key, one=one, gone=gone, runs=runs, artifacts=artifacts(key, runs), keys=keys_by_name(), ids=ids_of_runs(key),
                schema=schema(), config=CONFIG.read_bytes(), process=property_of(UNIT, "MainPID"))
    assert (len(kept["artifacts"]), len(kept["ids"]), set(kept["keys"])) == (4, 4, {"all", "one", "gone"})


def assert_all_is_there():
    """Every run with what it made, every key, and that both are good for more. A later capid may say more of each, never less."""
    assert [each for each in ids_of_runs(kept["key"]) if each in kept["ids"]] == kept["ids"]
    for then in kept["runs"]:
        now = ask(kept["key"], f"/runs/{then['id']}").json()
        assert {name: now[name] for name in then} == then
    assert artifacts(kept["key"], kept["runs"]) == kept["artifacts"]
    keys = keys_by_name()
    assert set(keys) == set(kept["keys"])
    for name, then in kept["keys"].items():
        assert {field: keys[name][field] for field in then} == {**then, "lastUsedAt": keys[name]["lastUsedAt"]}
    assert run(kept["one"], "made")["status"] == "completed"
    assert (ask(kept["one"], "/apps/wrong").status_code, ask(kept["gone"], "/runs").status_code) == (403, 401)


def test_an_upgrade_keeps_every_run_and_key():
    told = install("capid")
    assert "capid setup" not in told
    assert is_up() and property_of(UNIT, "MainPID") != kept["process"], "it is the new one that runs"
    assert schema() > kept["schema"], "with a migration between"
    assert_all_is_there()


def test_an_edited_config_survives_the_upgrade():
    assert CONFIG.read_bytes() == kept["config"]


def test_a_stopped_service_is_not_started_by_an_upgrade():
    systemctl("stop", UNIT)
    shell("DPKG_MAINTSCRIPT_PACKAGE=capid /var/lib/dpkg/info/capid.postinst configure 0.1.0~earlier-1")
    assert property_of(UNIT, "ActiveState") == "inactive"


def test_a_removal_stops_the_service_and_keeps_the_rest():
    systemctl("start", UNIT)
    dpkg("--remove", "capid")
    assert property_of(UNIT, "ActiveState") == "inactive" and not pathlib.Path("/usr/bin/capid").exists()
    assert CONFIG.read_bytes() == kept["config"] and (DATA / "capid.db").exists() and there_is_a_user()


def test_a_purge_keeps_the_data_where_the_admin_asked_for_it():
    (DATA / ".keep").touch()
    told = dpkg("--purge", "capid")
    assert f"{DATA} and the user capid are kept" in told
    assert (DATA / "capid.db").exists() and there_is_a_user() and not CONFIG.parent.exists()


def test_a_later_installation_goes_on_with_them():
    """On a host whose AppArmor says that it can read the profile, and cannot: that is no reason to fail."""
    shutil.copy(ABI / "3.0", ABI / "4.0")
    try:
        told = install("capid")
    finally:
        (ABI / "4.0").unlink()
    assert "AppArmor does not take" in told and not PROFILE.exists(), "there, it would keep all others from being loaded"
    assert is_up()
    assert_all_is_there()
    systemctl("stop", UNIT)

# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on a host: a disk that fills up, a damaged database, rights that are missing. Each ends in words, and nothing is lost."""
import contextlib
import os
import sqlite3
import subprocess

import capid as support
import pytest
import wire

as_root = pytest.mark.skipif(not support.IS_ROOT, reason="mounts a file system")
MIB = 1 << 20


class SmallDisk:
    """A server whose data lies on a file system of its own, in a mount namespace of its own."""

    def __init__(self, capid):
        self.capid = capid

    def inside(self, *words, **options):
        return subprocess.run(["nsenter", "-t", str(self.capid.process.pid), "-m", "--", *support.as_user(words, "ordinary")], capture_output=True, text=True, timeout=60, **options)

    def client(self):
        key = self.inside(support.BINARY, "keys", "create", "--name", "test", "--data", self.capid.data, check=True).stdout.strip()
        return support.Client(self.capid.url, key)

    def fill(self, leave):
        """Until that many bytes are left."""
        free = os.statvfs(f"/proc/{self.capid.process.pid}/root/{self.capid.data}")
        size = free.f_bavail * free.f_frsize - leave
        self.inside("dd", "if=/dev/zero", f"of={self.capid.data}/ballast", "bs=64k", f"count={max(size >> 16, 0) + (leave == 0)}")

    def empty(self):
        self.inside("rm", self.capid.data / "ballast", check=True)


@contextlib.contextmanager
def small_disk(config, mib=96):
    with support.server(config=config) as capid:
        mount = f"mount -t tmpfs -o size={mib}m,mode=0700,uid={support.NOBODY},gid={support.NOBODY} capid \"$0\" && exec \"$@\""
        capid.wrapper = ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, capid.data]
        yield SmallDisk(capid)


@as_root
def test_a_nearly_full_disk_takes_no_new_runs_and_everything_else_goes_on():
    with small_disk("runs: {min_free_disk: 32MiB}\n") as disk:
        disk.capid.shell_app("app", "echo text; echo made >/out/made")
        disk.capid.start()
        client = disk.client()
        run = client.run("app")
        disk.fill(leave=20 * MIB)
        refused = client.request("POST", "/api/v1/apps/app/runs", json={})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "STORE_UNAVAILABLE") and "disk is nearly full" in refused.text
        assert "of=" not in refused.text and str(disk.capid.data) not in refused.text, "where things lie is the operator's to know"
        assert client.request("POST", f"/api/v1/runs/{run['id']}/replay").status_code == 503
        assert client.get(run["id"]) == run
        assert client.request("GET", run["result"]["artifacts"][0]["downloadUrl"]).content == b"made\n"
        assert "runs.min_free_disk" in disk.capid.log()
        disk.empty()
        assert client.run("app")["status"] == "completed"


@as_root
def test_a_disk_that_is_full_loses_nothing():
    with small_disk("runs: {min_free_disk: 0B, concurrency: 4}\n") as disk:
        disk.capid.shell_app("app", "cat /in/files/* >/out/copy; echo text", "inputs: {f: {type: file}}\n")
        disk.capid.shell_app("waits", "sleep 3; echo text")
        disk.capid.start()
        client = disk.client()
        accepted = [client.submit("waits") for _ in range(4)]
        support.wait_until(lambda: all(client.get(run)["status"] == "running" for run in accepted), 30)
        disk.fill(leave=0)
        refused = 0
        for i in range(30):
            answer = client.request("POST", "/api/v1/apps/app/runs", data={"inputs": "{}"}, files={"f": ("f.txt", os.urandom(300_000))})
            assert answer.status_code in (202, 503), answer.text
            refused += answer.status_code == 503
            if answer.status_code == 202:
                accepted.append(answer.json()["id"])
        assert refused > 20
        disk.empty()
        ends = [client.wait(run, 90) for run in accepted]
        assert {run["status"] for run in ends} <= {"completed", "failed"}, ends
        assert client.run("app", files={"f": ("f.txt", b"x")})["status"] == "completed"
        checked = disk.inside("/usr/bin/python3", "-c", f"import sqlite3; print(sqlite3.connect('file:{disk.capid.data}/capid.db?mode=ro', uri=True).execute('PRAGMA integrity_check').fetchall())", check=True)
        assert checked.stdout == "[('ok',)]\n"
        assert disk.capid.stop() == 0


@pytest.mark.parametrize("path", ["/api/v1/apps/app/runs", "/api/v1/runs", "/api/v1/apps/app/validate-input"])
@pytest.mark.parametrize("lines", [[], ["Expect: 100-continue"]], ids=["", "expects"])
def test_that_a_disk_is_nearly_full_is_said_before_a_body_comes(path, lines):
    with support.server(config="runs: {min_free_disk: 1000000GiB}\n") as capid:   # more than there is
        capid.shell_app("app", "true")
        client = capid.start().client()
        assert wire.answer_before_a_body(client, path, *lines) == (503, "STORE_UNAVAILABLE")
        assert capid.database("SELECT count(*) FROM runs") == [(0,)]


def damage(path, table):
    """Writes nonsense over the page where a table begins."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (page,), = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchall()
        (size,), = connection.execute("PRAGMA page_size").fetchall()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(path, "r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def test_a_damaged_page_is_found_when_it_is_read_and_keeps_nothing_else_from_working():
    with support.server() as capid:
        capid.shell_app("app", "echo text")
        capid.start()
        client = capid.client()
        run = client.run("app")
        capid.stop()
        damage(capid.data / "capid.db", "events")
        capid.start()
        client = support.Client(capid.url, client.key)
        answer = client.request("GET", f"/api/v1/threads/{run['threadId']}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "STORE_UNAVAILABLE"), answer.text
        assert "malformed" in capid.log()
        assert client.get(run["id"])["status"] == "completed"
        assert client.request("GET", "/livez").status_code == 200
        told = capid.cli("backup", "-", check=False)
        assert told.returncode == 1 and "SHA256" not in told.stdout, "a backup of what is damaged is none"


@pytest.mark.skipif(not support.IS_ROOT, reason="takes files away from the server's user")
@pytest.mark.parametrize("name", ["", "capid.db", "instance.secret", "files", "versions", "capid.lock"])
def test_rights_that_are_missing_are_named(name):
    with support.server() as capid:
        capid.start()
        capid.stop()
        path = capid.data / name
        os.chown(path, 0, 0)
        path.chmod(0o700 if path.is_dir() else 0o600)
        capid.start(wait=False)
        assert capid.process.wait(30 * support.PATIENCE) in (1, 2)
        assert str(path) in capid.log().splitlines()[-1] + capid.log().splitlines()[-2], capid.log()


@pytest.mark.skipif(not support.IS_ROOT, reason="takes files away from the server's user")
def test_apps_that_cannot_be_read_are_disabled_and_the_server_goes_on():
    with support.server() as capid:
        capid.shell_app("open", "echo done")
        capid.shell_app("closed", "echo done")
        inner = capid.apps / "closed/lib"
        inner.mkdir()
        (inner / "x").write_text("text")
        capid.start()
        client = capid.client()
        assert client.run("closed")["status"] == "completed"
        inner.chmod(0o644)
        support.wait_until(lambda: client.request("POST", "/api/v1/runs", json={"appId": "closed"}).status_code != 202)
        refused = client.request("POST", "/api/v1/runs", json={"appId": "closed"}).json()["error"]
        assert refused["code"] == "APP_DISABLED" and "lib/x cannot be looked at: Permission denied" in refused["message"]
        assert client.run("open")["status"] == "completed"
        capid.apps.chmod(0o644)
        support.wait_until(lambda: client.request("POST", "/api/v1/runs", json={"appId": "open"}).status_code != 202)
        capid.apps.chmod(0o755)
        support.wait_until(lambda: client.request("POST", "/api/v1/runs", json={"appId": "open"}).status_code == 202)
        assert capid.process.poll() is None


def test_a_clock_that_goes_back_changes_no_order():
    """Ids go on from the newest one that is stored, whatever the clock says."""
    with support.server() as capid:
        capid.shell_app("app", "true")
        capid.start()
        client = capid.client()
        first = client.run("app")["id"]
        capid.stop()
        ahead = "ffff" + first[4:]   # as if it had been accepted far ahead
        with contextlib.closing(sqlite3.connect(capid.data / "capid.db")) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            for table, column in (("runs", "id"), ("events", "run_id"), ("ledger", "run_id"), ("run_labels", "run_id")):
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (ahead, first))
            connection.commit()
        capid.start()
        client = support.Client(capid.url, client.key)
        second = client.run("app")["id"]
        assert second > ahead
        assert [run["id"] for run in client.request("GET", "/api/v1/runs").json()["runs"]] == [second, ahead]

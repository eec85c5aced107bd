# SPDX-License-Identifier: Apache-2.0
"""What is old, or more than there shall be, goes; what must stay, stays: the ledger, what others refer to, what a backup reads."""
import contextlib
import sqlite3
import time

import capid as support
import visitor as visitors
from receivers import receiver

MAKES = "cat >/dev/null; head -c ${SIZE:-100} /dev/urandom >/out/made; echo text; echo log >&2"


def blobs(capid):
    return {str(path.relative_to(capid.data / "files/blobs")) for path in (capid.data / "files/blobs").rglob("*") if path.is_file()}


def count(capid, table, where="1"):
    return capid.database(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]


def change(capid, sql, *values):
    """Past the server, beside it."""
    with contextlib.closing(sqlite3.connect(f"{capid.data}/capid.db", timeout=30)) as connection:
        connection.execute(sql, values)
        connection.commit()


def sizes_agree(capid):
    """What is said of an app's size is what its runs have, and what they have is what there is."""
    said = dict(capid.database("SELECT app_id, bytes FROM app_sizes WHERE bytes <> 0"))
    assert said == dict(capid.database("SELECT app_id, sum(stored_bytes) FROM runs GROUP BY app_id"))
    for run, thread, stored in capid.database("SELECT id, thread_id, stored_bytes FROM runs WHERE completed_at IS NOT NULL"):
        parts = [capid.database(sql, value)[0][0] or 0 for sql, value in [
            ("SELECT length(CAST(inputs AS BLOB)) + coalesce(length(CAST(result_text AS BLOB)), 0) FROM runs WHERE id = ?", run),
            ("SELECT sum(length(CAST(data AS BLOB))) FROM events WHERE run_id = ?", run),
            ("SELECT sum(size) FROM run_files WHERE blob <> '' AND run_id = ?", run),
            ("SELECT sum(size) FROM artifacts WHERE blob <> '' AND run_id = ?", run),
            ("SELECT sum(bytes) FROM deliveries WHERE run_id = ?", run)]]
        assert stored == sum(parts), (run, thread, stored, parts)


def test_old_runs_go_with_all_that_hangs_on_them_and_the_bill_stays():
    with support.server(config="retention: {runs: 4s, apps: {kept: {runs: 1h}}}\nwebhooks: {allow: [127.0.0.1]}\n") as capid, receiver() as hook:
        capid.shell_app("gone", MAKES, "inputs: {f: {type: file}}\n")
        capid.shell_app("kept", MAKES, "inputs: {f: {type: file}}\n")
        capid.start()
        client = capid.client()
        files = {"f": ("f.txt", b"attached")}
        kept = client.run("kept", files=files, tags='["t"]')
        gone = client.run("gone", files=files, tags='["t"]', webhookUrl=hook.url)
        assert len(blobs(capid)) == 4
        sizes_agree(capid)
        balance = capid.database("SELECT sum(balance) FROM accounts")
        support.wait_until(lambda: client.request("GET", f"/api/v1/runs/{gone['id']}").status_code == 404, 40, "the old run's end")
        assert client.request("GET", f"/api/v1/threads/{gone['threadId']}").status_code == 404
        for table, column in [("events", "run_id"), ("artifacts", "run_id"), ("run_files", "run_id"), ("run_labels", "run_id"), ("deliveries", "run_id"), ("runs", "id")]:
            assert count(capid, table, f"{column} = '{gone['id']}'") == 0, table
        assert count(capid, "delivery_bodies") == count(capid, "delivery_attempts") == 0
        assert count(capid, "ledger", f"run_id = '{gone['id']}'") > 0 and capid.database("SELECT sum(balance) FROM accounts") == balance
        assert capid.database("SELECT sum(amount) FROM ledger") == balance
        assert count(capid, "daily_usage", "app_id = 'gone' AND runs = 1") == 1
        support.wait_until(lambda: len(blobs(capid)) == 2 and count(capid, "removed_blobs") == 0, 20, "the end of the old run's files")
        assert client.get(kept["id"]) == kept
        assert client.request("GET", kept["result"]["artifacts"][0]["downloadUrl"]).status_code == 200
        assert [run["id"] for run in client.request("GET", "/api/v1/runs?tag=t").json()["runs"]] == [kept["id"]]
        sizes_agree(capid)


def test_files_go_before_their_runs_where_the_config_says_so():
    with support.server(config="retention: {files: 3s, artifacts: 3s, events: 3s}\n") as capid:
        capid.shell_app("app", MAKES, "inputs: {f: {type: file}}\n")
        capid.start()
        client = capid.client()
        run = client.run("app", files={"f": ("f.txt", b"attached")})
        address = run["result"]["artifacts"][0]["downloadUrl"]
        support.wait_until(lambda: not blobs(capid), 40, "the end of the files")
        assert client.get(run["id"]) == run, "a run that is over does not change"
        gone = client.request("GET", address)
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "ARTIFACT_NOT_FOUND") and "no longer kept" in gone.text
        again = client.request("POST", f"/api/v1/runs/{run['id']}/replay")
        assert again.status_code == 400 and "no longer kept" in again.text
        assert client.request("GET", f"/api/v1/threads/{run['threadId']}").json()["events"] == []
        sizes_agree(capid)


def test_the_oldest_runs_make_room_overall_and_within_an_app():
    config = "retention: {runs: 1000s, size: 4MiB, apps: {small: {runs: 10s, size: 1MiB}}}\n"   # the ten seconds only make it look often
    with support.server(config=config) as capid:
        for name in ("small", "large"):
            capid.shell_app(name, "head -c 600000 /dev/urandom >/out/made\n")
        capid.start()
        client = capid.client()
        small = [client.run("small")["id"] for _ in range(3)]
        support.wait_until(lambda: count(capid, "runs", "app_id = 'small'") <= 1, 40, "the room in the small app")
        assert client.get(small[-1])["status"] == "completed", "the youngest stays"
        large = [client.run("large")["id"] for _ in range(9)]
        support.wait_until(lambda: capid.database("SELECT sum(bytes) FROM app_sizes")[0][0] <= 4 << 20, 60, "the room overall")
        left = [run["id"] for run in client.request("GET", "/api/v1/apps/large/runs").json()["runs"]]
        assert left == large[::-1][:len(left)] and len(left) == 6, "the oldest go, and no more than must"
        sizes_agree(capid)


def test_a_run_whose_webhook_is_on_its_way_waits_for_it():
    with support.server(config="retention: {runs: 2s}\nwebhooks: {allow: [127.0.0.1], retries: 2, retry_base: 4s}\n") as capid:
        capid.shell_app("app", "true")
        capid.start()
        client = capid.client()
        run = client.run("app", webhookUrl="http://127.0.0.1:9/none")
        time.sleep(5)
        assert client.request("GET", f"/api/v1/runs/{run['id']}").status_code == 200
        support.wait_until(lambda: client.request("GET", f"/api/v1/runs/{run['id']}").status_code == 404, 60, "its end")


def test_deliveries_and_the_audit_log_have_an_age_of_their_own():
    with support.server(config="retention: {deliveries: 3s, audit: 3s}\nwebhooks: {allow: [127.0.0.1]}\n") as capid, receiver() as hook:
        capid.start()
        admin = visitors.admin_of(capid)
        admin.post("/webhooks/test", 202, url=hook.url)
        assert count(capid, "audit") > 0 and count(capid, "deliveries") == 1
        support.wait_until(lambda: count(capid, "audit") == 0 and count(capid, "deliveries") == 0, 40, "their end")
        assert count(capid, "delivery_bodies") == count(capid, "delivery_attempts") == 0


def test_files_stay_while_a_backup_may_read_them():
    with support.server(config="retention: {runs: 2s}\n") as capid:
        capid.shell_app("app", MAKES)
        capid.start()
        client = capid.client()
        change(capid, "INSERT INTO moments (name, at) VALUES ('files_held_until', ?)", int(time.time() * 1000) + 600_000)
        run = client.run("app")
        support.wait_until(lambda: client.request("GET", f"/api/v1/runs/{run['id']}").status_code == 404, 40, "its end")
        time.sleep(2)
        assert len(blobs(capid)) == 1
        change(capid, "DELETE FROM moments WHERE name = 'files_held_until'")
        support.wait_until(lambda: not blobs(capid), 20, "the end of its file")


def test_a_clock_that_jumped_ahead_is_not_believed_at_once():
    with support.server(config="retention: {runs: 1h}\n") as capid:
        capid.shell_app("app", "true")
        capid.start()
        client = capid.client()
        run = client.run("app")["id"]
        capid.stop()
        # As if the clock had been forty days behind all the time until now.
        month = 40 * 86_400_000
        change(capid, "UPDATE runs SET completed_at = completed_at - ?, created_at = created_at - ?", month, month)
        change(capid, "INSERT OR REPLACE INTO moments (name, at) VALUES ('retention_time', ?)", int(time.time() * 1000) - month)
        capid.start()
        support.wait_until(lambda: "the clock is days ahead" in capid.log(), 20, "what it says of the clock")
        assert capid.client().request("GET", f"/api/v1/runs/{run}").status_code == 200


def test_versions_of_apps_that_no_run_refers_to_go():
    with support.server(config="retention: {runs: 3s}\n") as capid:
        capid.shell_app("app", "echo first")
        capid.start()
        client = capid.client()
        assert client.text("app") == "first\n"
        capid.shell_app("app", "echo second")
        support.wait_until(lambda: client.text("app") == "second\n", 20, "the new version")
        assert count(capid, "app_versions") == 2
        support.wait_until(lambda: count(capid, "app_versions") == 1 and len(list((capid.data / "versions/app").iterdir())) == 1, 40, "the end of the first")
        assert client.text("app") == "second\n"

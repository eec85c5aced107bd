# SPDX-License-Identifier: Apache-2.0
"""One run, from the POST to its result, as an integrator sees it."""
import hashlib
import json
import re
import uuid

import capid as support
import pytest
import wire

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

REPORT = """
name: Report
inputs:
  year: {type: integer, required: true}
  sales: {type: file, accept: [csv]}
agent: {command: [python3, /app/main.py]}
"""
REPORT_MAIN = """
import json, os, sys
given = json.load(open(os.environ["CAPI_INPUTS"]))
print(json.dumps({"year": given["inputs"]["year"], "csv": open(given["inputs"]["sales"]).read(), "files": given["files"]}))
os.makedirs("/out/charts")
open("/out/charts/chart.svg", "w").write("<svg/>")
open("/out/notes", "w").write("plain words")
print("looked at the file", file=sys.stderr)
"""


def test_a_file_goes_in_and_result_and_artifacts_come_out(user):
    with support.server(user=user) as capid:
        capid.app("report", REPORT, main__py=REPORT_MAIN)
        client = capid.start().client()
        answer = client.request(
            "POST",
            "/api/v1/apps/report/runs",
            data={"inputs": '{"year": "2025"}'},
            files=[("files", ("notes.txt", b"hello", "text/plain")), ("sales", ("q1.csv", b"a,b\n1,2\n", "text/csv"))],
        )
        assert answer.status_code == 202
        accepted = answer.json()
        assert accepted == {"id": accepted["id"], "status": "pending", "appId": "report", "appName": "Report"}
        assert UUID.fullmatch(accepted["id"])
        assert answer.headers["Location"] == f"/api/v1/runs/{accepted['id']}"
        assert answer.headers["X-Request-Id"]

        run = client.wait(accepted["id"])
        assert json.loads(run["result"]["text"]) == {
            "year": 2025,
            "csv": "a,b\n1,2\n",
            "files": [
                {"name": "notes.txt", "path": "/in/files/notes.txt", "type": "text/plain", "size": 5},
                {"name": "q1.csv", "path": "/in/files/q1.csv", "type": "text/csv", "size": 8},
            ],
        }
        assert (run["status"], run["errorCode"], run["errorMessage"]) == ("completed", None, None)
        assert (run["appId"], run["appName"], run["origin"], run["inputs"]) == ("report", "Report", "api", {"year": 2025})
        assert UUID.fullmatch(run["threadId"])
        assert all(TIME.fullmatch(run[name]) for name in ("createdAt", "startedAt", "completedAt"))
        assert [(file["name"], file["input"]) for file in run["files"]] == [("notes.txt", None), ("q1.csv", "sales")]
        assert run["usage"]["credits"] == 1

        chart, notes = run["result"]["artifacts"]
        assert (chart["type"], chart["title"], chart["filename"], chart["size"]) == ("image/svg+xml", "charts/chart.svg", "chart.svg", 6)
        assert (notes["type"], notes["title"]) == ("text/plain", "notes")
        assert chart["sha256"] == hashlib.sha256(b"<svg/>").hexdigest()
        assert client.request("GET", f"/api/v1/runs/{run['id']}/artifacts").json() == {"artifacts": [chart, notes]}

        got = client.request("GET", chart["downloadUrl"])
        assert got.content == b"<svg/>"
        assert got.headers["Content-Type"] == "image/svg+xml"
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert got.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert got.headers["Content-Disposition"] == "attachment; filename=\"chart.svg\"; filename*=UTF-8''chart.svg"
        part = client.request("GET", chart["downloadUrl"], headers={"Range": "bytes=1-3"})
        assert (part.status_code, part.content) == (206, b"svg")

        assert client.get(run["id"]) == run, "two GETs of a finished run are equal"
        assert client.request("GET", f"/api/v1/apps/report/runs/{run['id']}").json() == run
        events = capid.database("SELECT sequence, type, data FROM events ORDER BY sequence")
        assert [event[0] for event in events] == [1, 2, 3, 4, 5]
        assert [event[1] for event in events] == ["status", "log", "artifact", "artifact", "status"]
        assert json.loads(events[1][2]) == {"stream": "stderr", "text": "looked at the file\n"}
        assert capid.stop() == 0


@pytest.mark.parametrize(
    "script, code, message",
    [
        ("echo almost >&2; exit 3", "AGENT_EXIT_NONZERO", "exit code 3:\nalmost"),
        ("kill -SEGV $$", "AGENT_KILLED", "signal 11"),
        ("sleep 60", "TIMEOUT", "longer than its limit"),
        ("head -c 1048577 /dev/zero", "OUTPUT_TOO_LARGE", "1 MiB"),
    ],
)
def test_a_failed_run_says_why(capid, script, code, message):
    capid.shell_app("fails", script, "limits: {timeout: 1s}")
    run = capid.start().client().run("fails")
    assert (run["status"], run["result"], run["errorCode"]) == ("failed", None, code)
    assert message in run["errorMessage"]


def test_a_failed_run_lists_what_it_left_in_artifacts_only(capid):
    capid.shell_app("fails", "echo half > /out/half.txt; exit 1")
    client = capid.start().client()
    run = client.run("fails")
    assert run["result"] is None
    (artifact,) = client.request("GET", f"/api/v1/runs/{run['id']}/artifacts").json()["artifacts"]
    assert client.request("GET", artifact["downloadUrl"]).text == "half\n"


def test_a_command_that_is_not_there_is_named_and_costs_nothing(capid):
    capid.app("typo", "agent: {command: [pyhton3]}")
    run = capid.start().client().run("typo")
    assert (run["status"], run["errorCode"], run["usage"]["credits"]) == ("failed", "COMMAND_NOT_FOUND", 0)
    assert '"pyhton3"' in run["errorMessage"]


def test_output_of_exactly_the_limit_is_whole_and_bad_bytes_are_mended(capid):
    capid.shell_app("full", "head -c 1048576 /dev/zero | tr '\\0' x")
    capid.shell_app("bytes", "printf 'a\\377\\000b'")
    client = capid.start().client()
    assert client.text("full") == "x" * (1 << 20)
    assert client.text("bytes") == "a\ufffd\ufffdb"


def test_a_run_pends_then_runs_with_a_thread(capid):
    capid.shell_app("slow", "sleep 2", "concurrency: 1")
    client = capid.start().client()
    first, second = client.submit("slow"), client.submit("slow")
    support.wait_until(lambda: client.get(first)["status"] == "running")
    assert client.get(first)["threadId"] is not None
    waiting = client.get(second)
    assert (waiting["status"], waiting["threadId"], waiting["startedAt"]) == ("pending", None, None)
    assert client.wait(second)["status"] == "completed"


def test_runs_start_first_come_first_served_within_the_global_limit():
    with support.server(config="runs: {concurrency: 1}\n") as capid:
        capid.shell_app("one", "true")
        capid.shell_app("two", "true")
        client = capid.start().client()
        ids = [client.submit(app) for app in ("one", "two", "one", "one", "two")]
        assert ids == sorted(ids), "ids are issued in commit order"
        for run in ids:
            client.wait(run)
        # A thread is made when its run starts, and its id grows with time.
        starts = capid.database("SELECT id FROM runs ORDER BY thread_id")
        assert [row[0] for row in starts] == ids


def test_a_saved_change_is_a_new_version_and_accepted_runs_keep_theirs(capid):
    capid.shell_app("app", "sleep 1; cat /app/word", "concurrency: 1")
    (capid.apps / "app/word").write_text("old")
    client = capid.start().client()
    ids = [client.submit("app") for _ in range(2)]
    versions = {client.get(run)["appVersion"] for run in ids}
    (capid.apps / "app/word").write_text("new")
    support.wait_until(lambda: client.get(client.submit("app"))["appVersion"] not in versions, 30, "the new version")
    assert [client.wait(run)["result"]["text"] for run in ids] == ["old", "old"]


def test_sigterm_lets_running_agents_finish_and_refuses_new_ones(capid):
    capid.shell_app("slow", "sleep 2; echo done")
    client = capid.start().client()
    run = client.submit("slow")
    support.wait_until(lambda: client.get(run)["status"] == "running")
    capid.process.terminate()
    codes = []

    def refused():
        codes.append(client.request("POST", "/api/v1/apps/slow/runs", json={}).json().get("error", {}).get("code"))
        return codes[-1] == "SHUTTING_DOWN"

    support.wait_until(refused)
    assert capid.stop() == 0
    assert capid.database("SELECT status, result_text FROM runs WHERE id = ?", run) == [("completed", "done\n")]


def test_an_output_folder_that_its_agent_closed_is_told_of(capid):
    capid.shell_app("in-part", "mkdir /out/b; echo x >/out/a; chmod 0 /out/b")
    capid.shell_app("all", "echo x >/out/a; chmod 0 /out")
    client = capid.start().client()
    for app, titles, closed in (("in-part", ["a"], "b"), ("all", [], ".")):
        run = client.run(app)
        events = client.request("GET", f"/api/v1/runs/{run['id']}/events", headers={"Accept": "application/json"}).json()["events"]
        assert [artifact["title"] for artifact in run["result"]["artifacts"]] == titles
        assert [event["data"] for event in events if "skipped" in event["data"]] == [{"title": closed, "skipped": "its permissions forbid reading it"}]


@pytest.mark.parametrize("path", ["/api/v1/apps/slow/runs", "/api/v1/runs", "/api/v1/apps/slow/validate-input"])
def test_that_a_server_is_stopping_is_said_before_a_body_comes(path):
    with support.server(config="runs: {shutdown_grace: 1h}\n") as capid:
        capid.shell_app("slow", "sleep 300")
        client = capid.start().client()
        run = client.submit("slow")
        support.wait_until(lambda: client.get(run)["status"] == "running")
        capid.process.terminate()
        support.wait_until(lambda: client.request("POST", "/api/v1/apps/none/runs", json={}).status_code == 503, what="the refusal of runs")
        assert wire.answer_before_a_body(client, path) == (503, "SHUTTING_DOWN")
        client.request("POST", f"/api/v1/runs/{run}/cancel")
        assert capid.stop() == 0
        assert capid.database("SELECT status FROM runs") == [("cancelled",)]


def test_what_outlasts_the_grace_is_interrupted_and_what_waited_runs_after_the_restart():
    with support.server(config="runs: {concurrency: 1, shutdown_grace: 1s}\n") as capid:
        capid.shell_app("slow", "test -e /in/files/quick.txt || sleep 60; echo done")
        client = capid.start().client()
        running = client.submit("slow")
        waiting = client.submit("slow", files=[("files", ("quick.txt", b"x"))])
        support.wait_until(lambda: client.get(running)["status"] == "running")
        assert capid.stop() == 0
        client = capid.start().client()
        run = client.get(running)
        assert (run["status"], run["errorCode"], run["usage"]["credits"]) == ("failed", "INTERRUPTED", 0)
        assert client.wait(waiting)["result"]["text"] == "done\n"


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_an_interrupted_run_is_tried_again_where_its_app_says_so(capid, how):
    with capid.config_path.open("a") as config:
        config.write("runs: {shutdown_grace: 100ms}\n")
    capid.shell_app("again", "sleep 1.5; echo done", "on_interrupt: retry")
    client = capid.start().client()
    run = client.request("POST", "/api/v1/apps/again/runs", json={"ttlSeconds": 1}).json()["id"]
    support.wait_until(lambda: client.get(run)["status"] == "running")
    capid.kill() if how == "kill" else capid.stop()
    again = capid.start().client().wait(run)
    assert again["result"]["text"] == "done\n", "also where it had to begin within a second, and did"
    assert capid.database("SELECT attempt FROM runs WHERE id = ?", run) == [(2,)]


def test_nothing_of_a_finished_run_stays_but_what_it_keeps(capid):
    script = f"run-{uuid.uuid4().hex}.sh"   # no other process of the machine is called that
    capid.app("leaves", f"agent: {{command: [sh, /app/{script}]}}", **{script.replace(".", "__"): "echo x > /out/x.txt; dd if=/dev/zero of=/workspace/big bs=1M count=8 2>/dev/null"})
    client = capid.start().client()
    for _ in range(5):
        client.run("leaves", files=[("files", ("in.txt", b"in"))])
    support.wait_until(lambda: not list((capid.data / "runs").iterdir()), what="empty runs folder")
    blobs = [path for path in (capid.data / "files").rglob("*") if path.is_file()]
    assert len(blobs) == 10, "an attachment and an artifact each"
    children = support.subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert script not in children


def test_the_server_is_alive_and_ready(capid):
    capid.shell_app("good", "true")
    capid.app("bad", "agent: {comand: [true]}")
    client = capid.start().client()
    assert client.request("GET", "/livez").json() == {"status": "ok"}
    assert client.request("GET", "/readyz").json() == {"status": "ok"}
    apps = client.request("GET", "/readyz?verbose").json()["apps"]
    refused = capid.client(capid.key(app="good")).request("GET", "/readyz?verbose")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "APP_SCOPE_RESTRICTED")
    assert apps[0]["status"] == "disabled" and 'did you mean "command"' in apps[0]["problem"]
    assert apps[1] == {"id": "good", "status": "ready"}
    refused = client.request("POST", "/api/v1/apps/bad/runs", json={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "APP_DISABLED")


def test_of_many_short_runs_none_loses_its_end():
    """An agent's last word and its end come at the same moment; whoever mistakes one for the other loses a run now and then."""
    with support.server(config="runs: {concurrency: 16}\n") as capid:
        capid.shell_app("quick", "echo done")
        client = capid.start().client()
        for run in [client.submit("quick") for _ in range(400)]:
            client.wait(run)
        assert capid.database("SELECT status, error_code, result_text, count(*) FROM runs GROUP BY 1, 2, 3") == [("completed", None, "done\n", 400)]

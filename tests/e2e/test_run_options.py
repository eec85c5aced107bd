# SPDX-License-Identifier: Apache-2.0
"""What a request may say beside its inputs: how long it may wait and take, what it may cost; and the same once more."""
import time

import capid as support
import pytest


def test_a_run_that_waits_too_long_for_its_start_expires_and_costs_nothing(capid):
    capid.shell_app("slow", "sleep 30", "concurrency: 1")
    client = capid.start().client()
    first = client.submit("slow")
    support.wait_until(lambda: client.get(first)["status"] == "running")
    began = time.monotonic()
    run = client.request("POST", "/api/v1/apps/slow/runs", json={"ttlSeconds": 1}).json()["id"]
    expired = client.wait(run, 20)
    assert time.monotonic() - began >= 1
    assert (expired["status"], expired["errorCode"], expired["startedAt"], expired["usage"]["credits"]) == ("failed", "EXPIRED", None, 0)
    assert "ttlSeconds" in expired["errorMessage"]
    client.request("POST", f"/api/v1/runs/{first}/cancel")
    assert capid.database("SELECT count(*) FROM threads") == [(1,)], "it never began"


def test_a_run_that_began_in_time_is_not_ended_by_its_time_to_live(capid):
    capid.shell_app("slow", "sleep 2; echo done")
    client = capid.start().client()
    run = client.request("POST", "/api/v1/apps/slow/runs", json={"ttlSeconds": 1}).json()["id"]
    assert client.wait(run)["result"]["text"] == "done\n"


def test_what_expired_while_the_server_was_down_never_starts(capid):
    capid.shell_app("slow", "sleep 30", "concurrency: 1")
    client = capid.start().client()
    first = client.submit("slow")
    support.wait_until(lambda: client.get(first)["status"] == "running")
    run = client.request("POST", "/api/v1/apps/slow/runs", json={"ttlSeconds": 1}).json()["id"]
    capid.kill()
    time.sleep(1.2)
    expired = capid.start().client(client.key).wait(run)
    assert (expired["errorCode"], expired["threadId"]) == ("EXPIRED", None)


def test_a_request_may_ask_for_less_time_than_the_app_allows(capid):
    capid.shell_app("slow", "sleep 30", "limits: {timeout: 60s}")
    client = capid.start().client()
    began = time.monotonic()
    run = client.wait(client.request("POST", "/api/v1/apps/slow/runs", json={"timeoutSeconds": 1}).json()["id"])
    assert run["errorCode"] == "TIMEOUT" and time.monotonic() - began < 25 * support.PATIENCE
    assert 1 <= run["usage"]["wallSeconds"] < 20 * support.PATIENCE


def test_max_credits_may_be_what_a_run_costs_but_not_less():
    with support.server(config="credits: {per_run: 1.5}\n") as capid:
        capid.shell_app("app", "true")
        client = capid.start().client()
        assert client.wait(client.request("POST", "/api/v1/apps/app/runs", json={"maxCredits": 1.5}).json()["id"])["usage"]["credits"] == 1.5
        less = client.request("POST", "/api/v1/apps/app/runs", json={"maxCredits": 1.499999})
        assert (less.status_code, less.json()["error"]["field"]) == (400, "maxCredits")
        assert "1.5" in less.json()["error"]["message"]


def test_a_replay_is_the_same_version_inputs_and_files_as_a_new_run(capid):
    capid.shell_app("app", "cat /app/word; cat $CAPI_INPUTS; cat /in/files/*", "inputs: {n: {type: integer, default: 7}, doc: {type: file, accept: [txt]}}")
    (capid.apps / "app/word").write_text("old ")
    client = capid.start().client()
    form = {"data": {"inputs": "{}", "tags": '["a"]', "metadata": '{"k": "v"}', "timeoutSeconds": "60"}}
    first = client.wait(client.request("POST", "/api/v1/apps/app/runs", files=[("doc", ("a.txt", b"content"))], **form).json()["id"])
    (capid.apps / "app/word").write_text("new ")
    support.wait_until(lambda: client.request("GET", "/api/v1/apps/app").json()["version"] != first["appVersion"])
    answer = client.request("POST", f"/api/v1/runs/{first['id']}/replay")
    assert (answer.status_code, answer.json()["status"], answer.json()["appName"]) == (202, "pending", "app")
    second = client.wait(answer.json()["id"])
    assert second["result"]["text"] == first["result"]["text"] and second["result"]["text"].startswith("old ")
    own = {"id", "threadId", "startedAt", "completedAt", "createdAt", "result", "usage"}
    assert {name: second[name] for name in second if name not in own} == {name: first[name] for name in first if name not in own}
    assert second["id"] > first["id"] and second["threadId"] != first["threadId"]
    blobs = [row[0] for row in capid.database("SELECT blob FROM run_files")]
    inodes = {(capid.data / "files/blobs" / blob).stat().st_ino for blob in blobs}
    assert len(blobs) == len(inodes) == 2, "no two runs share a file"
    waited = client.request("POST", f"/api/v1/runs/{second['id']}/replay", headers={"Prefer": "wait=30"})
    assert (waited.status_code, waited.json()["result"]["text"]) == (200, first["result"]["text"])


@pytest.mark.parametrize("what", ["disabled", "removed"])
def test_an_app_that_was_taken_away_is_not_replayed(capid, what):
    capid.shell_app("app", "true")
    client = capid.start().client()
    run = client.run("app")["id"]
    (capid.apps / "app/app.yaml").write_text("agent: 7") if what == "disabled" else support.shutil.rmtree(capid.apps / "app")
    expected = {"disabled": (409, "APP_DISABLED"), "removed": (404, "APP_NOT_FOUND")}[what]

    def refused():
        answer = client.request("POST", f"/api/v1/runs/{run}/replay")
        return (answer.status_code, answer.json().get("error", {}).get("code")) == expected

    support.wait_until(refused)


def test_credits_refuse_a_replay_as_they_refuse_a_run():
    with support.server(config="credits: {enforce: true, starting_balance: 1}\n") as capid:
        capid.shell_app("app", "true")
        client = capid.start().client()
        run = client.run("app")["id"]
        answer = client.request("POST", f"/api/v1/runs/{run}/replay")
        assert (answer.status_code, answer.json()["error"]["code"]) == (402, "INSUFFICIENT_CREDITS")

# SPDX-License-Identifier: Apache-2.0
"""What a request may say beside its inputs: how long it may wait and take, what it may cost; and the same once more."""
import time

import capid as support
import pytest
import visitor as visitors


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


GENEROUS = """
providers: {local: {base_url: 'http://127.0.0.1:9'}}
models: [{id: small, provider: local, upstream: x}, {id: big, provider: local, upstream: y}]
default_model: small
webhooks: {allow: [127.0.0.1]}
"""
STRICT = """
providers: {local: {base_url: 'http://127.0.0.1:9'}}
models: [{id: small, provider: local, upstream: x}]
default_model: small
runs: {default_timeout: 10s}
credits: {per_run: 2}
"""
REFUSED_NOW = {   # an app and what was asked of it, the code, the field
    "a model that is gone": ("app", {"chatModelId": "big"}, "UNKNOWN_MODEL", "chatModelId"),
    "an app whose own model is gone": ("own", {}, "UNKNOWN_MODEL", "chatModelId"),
    "more time than is given": ("app", {"timeoutSeconds": 60}, "INVALID_PARAMETER", "timeoutSeconds"),
    "less credits than it costs": ("app", {"maxCredits": 1.5}, "INVALID_PARAMETER", "maxCredits"),
    "an address that is not called": ("app", {"webhookUrl": "http://127.0.0.1:9/"}, "WEBHOOK_URL_NOT_ALLOWED", "webhookUrl"),
}


def test_a_replay_is_refused_what_a_run_is_refused_under_the_config_of_now():
    with support.server(config=GENEROUS) as capid:
        capid.shell_app("app", "true")
        capid.app("own", "agent: {command: ['true'], model: big}\n")
        client = capid.start().client()
        admin = visitors.admin_of(capid)
        runs = {what: client.run(app, **asked)["id"] for what, (app, asked, _, _) in REFUSED_NOW.items()}
        plain = client.run("app")["id"]
        capid.stop()
        capid.config_path.write_text(capid.config_path.read_text().replace(GENEROUS, STRICT))
        client = capid.start().client(client.key)
        admin.url = admin.session.headers["Origin"] = capid.url
        for what, (app, asked, code, field) in REFUSED_NOW.items():
            first = client.request("POST", f"/api/v1/apps/{app}/runs", json=asked)
            assert (first.status_code, first.json()["error"]["code"], first.json()["error"]["field"]) == (400, code, field), what
            for again in (client.request("POST", f"/api/v1/runs/{runs[what]}/replay"), admin.request("POST", f"/runs/{runs[what]}/replay")):
                assert (again.status_code, again.json()) == (400, first.json()), what
        assert capid.database("SELECT count(*) FROM runs") == [(len(runs) + 1,)], "none of it made a run"
        assert client.request("POST", f"/api/v1/runs/{plain}/replay").status_code == 202

# SPDX-License-Identifier: Apache-2.0
"""The specification of the hosted service, from its first sentence about the API to its last: a case a sentence. Files are
in test_conformance_files.py; what is seen in the page has a room of its own."""
import json
import re
import time

import capid as support
import pytest
from desk import ACCOUNT_SAMPLE, APP, FILES_SAMPLE, MAIN, PDF, PER_APP_SAMPLE, POLL_ACCOUNT_SAMPLE, POLL_PER_APP_SAMPLE, WEBHOOK_SAMPLE, Desk, accepted, text_of
from hooks import object_of
from receivers import receiver


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with support.server(config='webhooks: {allow: ["127.0.0.1"]}\n') as capid:
        yield Desk(capid, tmp_path_factory.mktemp("desk"))


# Getting started


def test_a_key_starts_with_capi_and_is_sent_as_a_bearer_token(desk):
    assert desk.account_key.startswith("capi_")
    assert desk.account.request("GET", "/api/v1/runs").status_code == 200


def test_a_key_is_shown_only_once(desk):
    listed = desk.capid.cli("keys", "list", "--json").stdout
    assert desk.account_key not in listed and desk.account_key[:9] in listed


def test_sample_a_per_app_key_triggers_its_app_without_app_id_in_the_body(desk):
    run = accepted(desk.curl(PER_APP_SAMPLE, desk.app_key))
    assert text_of(desk, run)["inputs"] == {"company": "Apple", "year": 2025}


def test_sample_an_account_wide_key_names_the_app_in_the_body(desk):
    run = accepted(desk.curl(ACCOUNT_SAMPLE, desk.account_key))
    assert text_of(desk, run)["inputs"] == {"company": "Apple", "year": 2025}


def test_sample_files_are_attached_by_repeating_the_files_field(desk):
    run = accepted(desk.curl(FILES_SAMPLE, desk.app_key))
    text = text_of(desk, run)
    assert text == {"inputs": {"query": "summarize this report"}, "files": {"report.pdf": PDF.decode(), "data.csv": "a,b\n"}}


def test_sample_the_result_is_polled_at_both_endpoints(desk):
    run = accepted(desk.curl(PER_APP_SAMPLE, desk.app_key))
    desk.account.wait(run)
    status, body = desk.curl(POLL_PER_APP_SAMPLE, desk.app_key, run)
    assert (status, body["id"], body["status"]) == (200, run, "completed")
    assert desk.curl(POLL_ACCOUNT_SAMPLE, desk.account_key, run) == (200, body)


def test_a_completed_run_looks_as_the_specification_shows_it(desk):
    run = desk.account.run("your-app-id", {"company": "Apple"})
    shown = ["id", "status", "threadId", "result", "errorCode", "startedAt", "completedAt", "createdAt"]
    assert [name for name in run if name in shown] == ["id", "status", "threadId", "result", "errorCode", "startedAt", "completedAt", "createdAt"]
    assert set(run["result"]) == {"text", "artifacts"}
    assert [(artifact["type"], artifact["title"]) for artifact in run["result"]["artifacts"]] == [("text/markdown", "report.md")]
    for time_of in ("startedAt", "completedAt", "createdAt"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", run[time_of])


def test_a_failed_run_says_failed_and_why_for_machines(desk):
    run = desk.account.run("your-app-id", {"task": "fail"})
    assert (run["status"], run["errorCode"], run["result"]) == ("failed", "AGENT_EXIT_NONZERO", None)


# API reference: create a run


def test_the_app_of_the_url_wins_over_the_body(desk):
    answer = desk.account.request("POST", "/api/v1/apps/your-app-id/runs", json={"appId": "another-app"})
    accepted(answer)


def test_account_wide_the_app_must_be_in_the_body(desk):
    answer = desk.account.request("POST", "/api/v1/runs", json={"inputs": {}})
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["field"]) == (400, "MISSING_APP_ID", "appId")


@pytest.mark.parametrize("path, more", [("/api/v1/runs", {"appId": "your-app-id"}), ("/api/v1/apps/your-app-id/runs", {})])
def test_both_endpoints_accept_json_and_form_data(desk, path, more):
    accepted(desk.account.request("POST", path, json={"inputs": {"company": "Apple"}, **more}))
    accepted(desk.account.request("POST", path, files={"inputs": (None, '{"company": "Apple"}'), **{name: (None, value) for name, value in more.items()}}))


def test_inputs_are_optional(desk):
    accepted(desk.account.request("POST", "/api/v1/runs", json={"appId": "your-app-id"}))


@pytest.mark.parametrize("form", [False, True])
def test_chat_model_id_overrides_the_default_model(form):
    config = 'providers: {local: {base_url: "http://127.0.0.1:9"}}\nmodels: [{id: small, provider: local}, {id: large, provider: local}]\ndefault_model: small\n'
    with support.server(config=config) as capid:
        capid.shell_app("app", "true")
        client = capid.start().client()
        send = {"files": {"chatModelId": (None, "large")}} if form else {"json": {"chatModelId": "large"}}
        answer = client.request("POST", "/api/v1/apps/app/runs", **send)
        assert client.wait(answer.json()["id"])["chatModelId"] == "large"
        refused = client.request("POST", "/api/v1/apps/app/runs", json={"chatModelId": "larg"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "UNKNOWN_MODEL")


@pytest.mark.parametrize("form", [False, True])
def test_workspace_id_associates_the_run_with_a_workspace(desk, form):
    send = {"files": {"workspaceId": (None, "quarterly")}} if form else {"json": {"workspaceId": "quarterly"}}
    run = accepted(desk.account.request("POST", "/api/v1/apps/your-app-id/runs", **send))
    assert desk.account.wait(run)["workspaceId"] == "quarterly"


def test_sample_a_webhook_url_receives_the_run_when_it_is_over(desk):
    with receiver() as hook:
        run = accepted(desk.curl(WEBHOOK_SAMPLE.replace("https://your-server.com", f"http://127.0.0.1:{hook.port}"), desk.account_key))
        request = hook.wait(1)
        assert (request.method, request.path, request.headers["content-type"]) == ("POST", "/webhook", "application/json")
        assert request.body == object_of(desk.account, run)


# API reference: get run status


def test_every_field_of_the_run_object_has_the_type_of_the_table(desk):
    run = desk.account.submit("your-app-id", {"task": "wait"})
    support.wait_until(lambda: desk.account.get(run)["status"] == "running")
    got = desk.account.get(run)
    assert (got["id"], got["result"], got["errorCode"], got["completedAt"]) == (run, None, None, None)
    assert isinstance(got["threadId"], str) and isinstance(got["startedAt"], str) and isinstance(got["createdAt"], str)
    assert desk.account.request("POST", f"/api/v1/runs/{run}/cancel").json() == {"success": True}


# API reference: list runs


def test_the_per_app_list_holds_only_runs_of_that_app_and_the_account_wide_one_all(desk):
    mine, other = desk.account.submit("your-app-id"), desk.account.submit("another-app")
    listed = desk.account.request("GET", "/api/v1/apps/your-app-id/runs").json()
    assert {run["appId"] for run in listed["runs"]} == {"your-app-id"}
    everything = [run["id"] for run in desk.account.request("GET", "/api/v1/runs").json()["runs"]]
    assert everything[:2] == [other, mine]


@pytest.mark.parametrize("status", ["pending", "running", "completed", "failed", "cancelled"])
def test_a_list_is_filtered_by_status(desk, status):
    listed = desk.account.request("GET", f"/api/v1/runs?status={status}&limit=20&offset=0").json()
    assert {run["status"] for run in listed["runs"]} <= {status}


def test_limit_defaults_to_20_and_ends_at_100_and_offset_passes_over_results(desk):
    for _ in range(23):
        desk.account.submit("another-app")
    first = desk.account.request("GET", "/api/v1/apps/another-app/runs").json()
    assert (len(first["runs"]), first["limit"], first["offset"]) == (20, 20, 0)
    second = desk.account.request("GET", "/api/v1/apps/another-app/runs?limit=2&offset=20").json()
    assert (len(second["runs"]), second["limit"], second["offset"]) == (2, 2, 20)
    assert not {run["id"] for run in first["runs"]} & {run["id"] for run in second["runs"]}
    assert desk.account.request("GET", "/api/v1/runs?limit=1000").json()["limit"] == 100


# API reference: cancel a run


def test_a_pending_or_running_run_is_cancelled_and_one_that_is_over_is_not(capid):
    capid.shell_app("slow", "sleep 60", "concurrency: 1")
    capid.shell_app("quick", "true")
    client = capid.start().client()
    running, pending = client.submit("slow"), client.submit("slow")
    support.wait_until(lambda: client.get(running)["status"] == "running")
    for run in (pending, running):
        answer = client.request("POST", f"/api/v1/runs/{run}/cancel")
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert client.get(run)["status"] == "cancelled"
    over = client.run("quick")["id"]
    for run in (over, running):
        answer = client.request("POST", f"/api/v1/runs/{run}/cancel")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "RUN_NOT_CANCELLABLE")


# Run lifecycle


def test_a_run_goes_through_pending_and_running_to_completed_failed_or_cancelled(capid):
    capid.app("app", APP.replace("agent:", "concurrency: 1\nagent:"), main__py=MAIN)
    client = capid.start().client()
    first, second = client.submit("app", {"task": "wait"}), client.submit("app", {"task": "fail"})
    third = client.submit("app")
    support.wait_until(lambda: client.get(first)["status"] == "running")
    assert [client.get(run)["status"] for run in (second, third)] == ["pending", "pending"]
    client.request("POST", f"/api/v1/runs/{first}/cancel")
    assert [client.wait(run)["status"] for run in (first, second, third)] == ["cancelled", "failed", "completed"]


# Viewing API runs: the thread


def test_a_runs_thread_is_found_by_its_thread_id(desk):
    run = desk.account.run("your-app-id")
    thread = desk.account.request("GET", f"/api/v1/threads/{run['threadId']}").json()
    assert {event["runId"] for event in thread["events"]} == {run["id"]}
    assert [event["type"] for event in thread["events"]] == ["status", "artifact", "status"]


# Managing API keys


def test_a_per_app_key_gets_403_for_another_app(desk):
    answer = desk.app.request("POST", "/api/v1/apps/another-app/runs", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "APP_SCOPE_RESTRICTED")


def test_an_account_wide_key_works_with_every_app(desk):
    for app, name in (("your-app-id", "Your App Name"), ("another-app", "another-app")):
        accepted(desk.account.request("POST", f"/api/v1/apps/{app}/runs", json={}), app, name)


@pytest.mark.parametrize("options", [{}, {"app": "your-app-id"}])
def test_a_revoked_key_stops_working_at_once(desk, options):
    key = desk.capid.key(**options)
    client = desk.capid.client(key)
    assert client.request("GET", "/api/v1/runs").status_code == 200
    listed = json.loads(desk.capid.cli("keys", "list", "--json").stdout)
    desk.capid.cli("keys", "revoke", listed[-1]["id"])
    answer = client.request("GET", "/api/v1/runs")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "INVALID_API_KEY")
    assert "revoked" in answer.json()["error"]["message"]


def test_each_key_shows_when_it_was_created_and_last_used(desk):
    client = desk.capid.client(desk.capid.key(name="used"))

    def entry():
        return next(key for key in json.loads(desk.capid.cli("keys", "list", "--json").stdout) if key["name"] == "used")

    assert entry()["createdAt"] and entry()["lastUsedAt"] is None
    client.request("GET", "/api/v1/runs")
    support.wait_until(lambda: entry()["lastUsedAt"], 10, "the key's last use")


# Rate limits


def test_thirty_requests_a_minute_a_key_then_429_with_retry_after():
    with support.server(config="rate_limit: {requests_per_minute: 30}\n") as capid:
        client, other = capid.start().client(), capid.client()
        began = time.monotonic()
        answers = [client.request("GET", "/api/v1/runs") for _ in range(31)]
        assert time.monotonic() - began < 50 * support.PATIENCE, "all within one window"
        assert [answer.status_code for answer in answers] == [200] * 30 + [429]
        last = answers[-1]
        assert last.json()["error"]["code"] == "RATE_LIMITED"
        wait = int(last.headers["Retry-After"])
        remaining, until = re.fullmatch(r'"perkey";r=(\d+);t=(\d+)', last.headers["RateLimit"]).groups()
        assert remaining == "0" and 1 <= int(until) <= wait <= 61
        assert last.headers["RateLimit-Policy"] == '"perkey";q=30;w=60'
        assert answers[0].headers["RateLimit"].startswith('"perkey";r=29;')
        assert other.request("GET", "/api/v1/runs").status_code == 200, "each key for itself"
        fast = capid.client(capid.key(rate="100"))
        assert [fast.request("GET", "/api/v1/runs").status_code for _ in range(40)] == [200] * 40


# Credits


def test_runs_consume_credits_from_the_accounts_balance(desk):
    before = desk.account.request("GET", "/api/v1/usage").json()["balance"]
    run = desk.account.run("another-app")
    support.wait_until(lambda: not desk.account.request("GET", "/api/v1/runs?status=running").json()["runs"])
    assert run["usage"]["credits"] == 1
    assert desk.account.request("GET", "/api/v1/usage").json()["balance"] <= before - 1

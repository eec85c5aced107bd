# SPDX-License-Identifier: Apache-2.0
"""What the page's interface answers: keys, runs, threads, webhooks, accounts, the audit log, the server, and the page's own files."""
import gzip
import json
import re

import capid as support
import pytest
import requests
import visitor as visitors
from receivers import receiver
from visitor import PASSWORD, Visitor


@pytest.fixture(scope="module")
def house():
    config = "webhooks: {allow: [127.0.0.1]}\nproviders: {local: {base_url: 'http://127.0.0.1:9', api_key_env: CAPID_TEST_NO_SUCH}, other: {base_url: 'http://127.0.0.1:9'}}\n" \
             "models: [{id: small, provider: local, upstream: 'x:1', price: {input: 0.5, output: 1, cached: 0}}, {id: big, provider: other, upstream: y}]\ndefault_model: small\n"
    with support.server(config=config) as capid:
        capid.shell_app("report", "echo done; printf '<svg xmlns=\"http://www.w3.org/2000/svg\"><script>1</script></svg>' > /out/a.svg; echo x > /out/a.txt; printf '<p>x' > /out/a.html",
                        "name: Sales report\ninputs: {region: {type: select, options: [EMEA, APAC], required: true}, year: {type: integer}, sales: {type: file, accept: [csv]}}\nnetwork: {allow: ['api.example.org:443', '*.example.net']}\n")
        capid.shell_app("slow", "echo begun >&2; sleep 60")
        capid.app("broken", "agent: {command: [x]}\nnmae: y\n")
        capid.start()
        capid.admin = visitors.admin_of(capid)
        yield capid


def last_audit(house, action):
    return next(entry for entry in house.admin.get("/audit")["entries"] if entry["action"] == action)


def test_a_key_is_shown_once_works_at_once_and_is_revoked_at_once(house):
    admin = house.admin
    made = admin.post("/keys", 201, name="Production", appId="report", expiresInDays=30, requestsPerMinute=7)
    assert list(made) == ["id", "name", "account", "appId", "prefix", "createdAt", "lastUsedAt", "expiresAt", "revokedAt", "requestsPerMinute", "key"]
    key = made.pop("key")
    assert re.fullmatch(r"capi_\w{36}", key) and key.startswith(made["prefix"]) and made["appId"] == "report" and made["requestsPerMinute"] == 7
    listed = admin.request("GET", "/keys?app=report")
    assert listed.json()["keys"] == [made] and key not in listed.text
    assert admin.get("/keys", app="slow")["keys"] == []
    client = house.client(key)
    assert client.request("GET", "/api/v1/apps/report").status_code == 200
    run = client.run("report", {"region": "EMEA", "year": 2026})
    [found] = admin.get("/runs", key=made["id"])["runs"]
    assert (found["id"], found["apiKeyName"], found["title"], found["origin"]) == (run["id"], "Production", "region EMEA, year 2026", "api")
    assert admin.request("DELETE", f"/keys/{made['id']}").json() == {"success": True}
    assert client.request("GET", "/api/v1/apps/report").status_code == 401
    assert last_audit(house, "key.create")["target"] == f"\"Production\" ({made['prefix']}…) for report of admin"
    assert last_audit(house, "key.revoke")["account"] == "admin"
    assert key not in house.log() and key not in json.dumps(admin.get("/audit"))


@pytest.mark.parametrize("fields, field", [
    ({}, "name"), ({"name": ""}, "name"), ({"name": "x" * 101}, "name"), ({"name": 7}, "name"), ({"name": "k", "expiresInDays": 0}, "expiresInDays"),
    ({"name": "k", "expiresInDays": "30"}, "expiresInDays"), ({"name": "k", "requestsPerMinute": 0}, "requestsPerMinute"), ({"name": "k", "appid": "report"}, "appid"),
    ({"name": "x\x1b]0;owned\x07"}, "name"), ({"name": "two\nlines"}, "name"),
])
def test_a_key_that_cannot_be_made_names_the_field(house, fields, field):
    answer = house.admin.request("POST", "/keys", json=fields)
    assert answer.status_code == 400 and answer.json()["error"]["field"] == field, answer.text
    assert house.admin.code("POST", "/keys", json={"name": "k", "appId": "repord"}) == (404, "APP_NOT_FOUND")


def test_what_calls_of_capid_run_leave_is_not_listed(house):
    house.cli("run", "report", "-i", "region=EMEA", "--wait")
    assert "capid run" not in [key["name"] for key in house.admin.get("/keys")["keys"]]


def test_a_run_from_the_page_is_the_visitors_own(house):
    admin = house.admin
    answer = admin.request("POST", "/apps/report/runs", data={"inputs": '{"region": "APAC"}', "chatModelId": "big"}, files={"sales": ("s.csv", b"a,b\n1,2\n")})
    assert answer.status_code == 202, answer.text
    run = answer.json()["id"]
    got = support.wait_until(lambda: (lambda detail: detail if detail["run"]["completedAt"] else None)(admin.get(f"/runs/{run}")), 30)
    assert list(got) == ["run", "title", "apiKeyName", "account", "maxCredits", "network"]
    assert (got["run"]["origin"], got["run"]["apiKeyId"], got["apiKeyName"], got["account"], got["title"]) == ("ui", None, None, "admin", "APAC")
    assert got["run"]["status"] == "completed" and got["run"]["files"][0]["input"] == "sales" and got["network"] == ["api.example.org:443", "*.example.net"]
    wrong = admin.request("POST", "/apps/report/runs", data={"inputs": '{"region": "X", "year": "soon"}'}, files={"files": ("f.txt", b"x")})
    assert wrong.status_code == 400 and {one["field"] for one in wrong.json()["error"]["details"]} == {"inputs.region", "inputs.year"}
    thread = admin.get(f"/threads/{got['run']['threadId']}")
    assert [each["id"] for each in thread["runs"]] == [run] and thread["appName"] == "Sales report"
    events = admin.get(f"/threads/{got['run']['threadId']}/events")
    assert events["nextAfter"] is None and [event["sequence"] for event in events["events"]] == list(range(1, len(events["events"]) + 1))
    again = admin.post(f"/runs/{run}/replay", 202)["id"]
    assert support.wait_until(lambda: admin.get(f"/runs/{again}")["run"]["completedAt"], 30)


def test_an_artifact_that_can_hold_scripts_is_shown_in_a_sandbox_of_its_own(house):
    admin = house.admin
    run = house.client().run("report", {"region": "EMEA"})
    for artifact in run["result"]["artifacts"]:
        path = f"/runs/{run['id']}/artifacts/{artifact['id']}"
        plain, preview = admin.request("GET", path), admin.request("GET", path + "?preview=1")
        assert plain.headers["Content-Disposition"].startswith("attachment"), artifact
        assert plain.headers["X-Content-Type-Options"] == preview.headers["X-Content-Type-Options"] == "nosniff"
        assert preview.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        shown = artifact["filename"] in ("a.svg", "a.html")
        assert (preview.headers["Content-Disposition"] == "inline") == shown
        assert ("frame-ancestors 'self'" in preview.headers["Content-Security-Policy"]) == shown
        assert admin.code("GET", path + "?previw=1") == (400, "UNKNOWN_FIELD")


def test_runs_are_listed_in_pages_and_by_what_is_asked(house):
    client, admin = house.client(), house.admin
    runs = [client.run("report", {"region": "EMEA", "year": 2000 + i}) for i in range(5)]
    first = admin.get("/runs", app="report", status="completed", limit=2)
    assert [run["title"] for run in first["runs"]] == ["region EMEA, year 2004", "region EMEA, year 2003"] and first["nextBefore"] == runs[3]["id"]
    second = admin.get("/runs", app="report", status="completed", limit=2, before=first["nextBefore"])
    assert [run["id"] for run in second["runs"]] == [runs[2]["id"], runs[1]["id"]]
    assert admin.get("/runs", app="slow")["runs"] == []
    assert admin.get("/runs", status="failed", app="report") == {"runs": [], "nextBefore": None}
    assert admin.code("GET", "/runs", params={"status": "done"}) == (400, "INVALID_PARAMETER")
    assert admin.code("GET", "/runs", params={"before": "x"}) == (400, "INVALID_PARAMETER")
    member = visitors.member_of(house, "lister")
    assert member.get("/runs", key=admin.post("/keys", 201, name="theirs")["id"])["runs"] == []


def test_the_pulse_tells_of_a_run_that_begins_and_ends(house):
    admin, member = house.admin, visitors.member_of(house, "watcher")
    with admin.request("GET", "/pulse", stream=True) as pulse, member.request("GET", "/pulse", stream=True) as theirs:
        beats = (json.loads(line[6:]) for line in pulse.iter_lines(decode_unicode=True) if line.startswith("data: "))
        first = next(beats)
        run = house.client().submit("slow")
        while next(beats)["active"] != first["active"] + 1:
            pass
        assert admin.request("POST", f"/runs/{run}/cancel", json={}).json() == {"success": True}
        while next(beats)["active"] != first["active"]:
            pass
        quiet = (json.loads(line[6:]) for line in theirs.iter_lines(decode_unicode=True) if line.startswith("data: "))
        assert next(quiet)["active"] == 0, "of others' runs a member is told nothing"
    assert last_audit(house, "run.cancel")["target"] == run
    again = admin.post(f"/runs/{run}/replay", 202)["id"]
    assert last_audit(house, "run.replay")["target"] == f"{run} as {again}"
    begun = admin.post("/apps/slow/runs", 202, inputs={})["id"]
    started = last_audit(house, "run.start")
    assert (started["account"], started["target"], started["from"]) == ("admin", begun, "127.0.0.1")
    for id in (again, begun):
        admin.post(f"/runs/{id}/cancel", 200)


def test_a_pulse_ends_with_its_session(house):
    member = visitors.member_of(house, "leaver")
    with Visitor(house.url).sign_in("leaver").request("GET", "/pulse", stream=True) as pulse:
        lines = pulse.iter_lines()
        next(lines)
        member.request("DELETE", "/sessions")
        house.client().run("report", {"region": "EMEA"})
        list(lines)


def test_webhooks_are_signed_tried_listed_and_sent_again(house):
    admin = house.admin
    first = admin.post("/webhooks/secret")
    assert first["secret"].startswith("whsec_") and admin.post("/webhooks/secret") == first
    second = admin.post("/webhooks/secret/rotate", now=False)
    assert second["secret"] != first["secret"] and len(second["previous"]) == 1
    third = admin.post("/webhooks/secret/rotate", now=True)
    assert third["previous"] == []
    assert all(secret["secret"] not in json.dumps(admin.get("/audit")) for secret in (first, second, third))
    with receiver() as hook:
        test = admin.post("/webhooks/test", 202, url=hook.url)["id"]
        done = support.wait_until(lambda: (lambda got: got if got["status"] == "delivered" else None)(admin.get(f"/webhooks/deliveries/{test}")), 30)
        assert done["kind"] == "test" and done["attempts"][0]["status"] == 204
        admin.post(f"/webhooks/deliveries/{test}/redeliver")
        support.wait_until(lambda: len(admin.get(f"/webhooks/deliveries/{test}")["attempts"]) == 2, 30)
        more = [admin.post("/webhooks/test", 202, url=hook.url)["id"] for _ in range(2)]
    page = admin.get("/webhooks/deliveries", limit=2)
    assert [each["id"] for each in page["deliveries"]] == more[::-1] and page["nextBefore"] == more[0]
    assert [each["id"] for each in admin.get("/webhooks/deliveries", limit=2, before=page["nextBefore"])["deliveries"]] == [test]
    refused = admin.request("POST", "/webhooks/test", json={"url": "http://169.254.169.254/x"})
    assert refused.status_code == 400 and refused.json()["error"]["field"] == "url"
    assert admin.code("GET", "/webhooks/deliveries", params={"status": "gone"}) == (400, "INVALID_PARAMETER")


def test_accounts_are_made_and_changed_with_a_trace(house):
    admin = house.admin
    made = admin.post("/accounts", 201, name="carol", role="member", password=PASSWORD)
    assert made == {**made, "name": "carol", "role": "member", "balance": 0, "disabled": False, "hasPassword": True, "activeKeys": 0}
    carol = Visitor(house.url).sign_in("carol")
    carol.post("/keys", 201, name="k")
    admin.post(f"/accounts/{made['id']}/credit", amount="2.5")
    admin.post(f"/accounts/{made['id']}/role", role="admin")
    now = next(each for each in admin.get("/accounts")["accounts"] if each["name"] == "carol")
    assert (now["balance"], now["role"], now["activeKeys"]) == (2.5, "admin", 1)
    admin.post(f"/accounts/{made['id']}/password", password="another good one")
    assert carol.code("GET", "/keys")[0] == 401
    assert [last_audit(house, f"account.{verb}")["target"] for verb in ("add", "credit", "role", "password")] == ["carol, member", "carol, 2.5 credits", "carol, admin", "carol"]
    assert PASSWORD not in json.dumps(admin.get("/audit"))
    for fields, field in (({"name": "Carol!", "role": "member"}, "name"), ({"name": "carol", "role": "member"}, "name"), ({"name": "d", "role": "boss"}, "role"), ({"name": "d", "role": "member", "password": "x"}, "password")):
        answer = admin.request("POST", "/accounts", json=fields)
        assert answer.status_code == 400 and answer.json()["error"]["field"] == field
    for amount in ("much", "1e9", "1000000001", "-9000000000000"):
        assert admin.code("POST", f"/accounts/{made['id']}/credit", json={"amount": amount}) == (400, "INVALID_PARAMETER")
    assert admin.code("POST", "/accounts/none/credit", json={"amount": "1"}) == (404, "ACCOUNT_NOT_FOUND")


def test_a_workspace_is_removed_with_a_trace(house):
    house.client().run("report", {"region": "EMEA"}, workspaceId="bench")
    assert [each["id"] for each in house.admin.get("/workspaces")["workspaces"]] == ["bench"]
    assert house.admin.request("DELETE", "/workspaces/bench").status_code == 200
    assert house.admin.get("/workspaces")["workspaces"] == [] and last_audit(house, "workspace.remove")["target"] == "bench"


def test_an_admin_sees_and_ends_what_members_have(house):
    house.admin.post("/keys", 201, name="the admin's own")
    owner = visitors.member_of(house, "erin")
    key = owner.post("/keys", 201, name="erin's")
    support.Client(house.url, key["key"]).run("report", {"region": "EMEA"}, workspaceId="desk")
    listed = {each["id"]: each["account"] for each in house.admin.get("/keys")["keys"]}
    assert listed[key["id"]] == "erin" and "admin" in listed.values() and [each["id"] for each in owner.get("/keys")["keys"]] == [key["id"]]
    assert [(each["id"], each["account"]) for each in house.admin.get("/workspaces")["workspaces"]] == [("desk", "erin")]
    assert [sorted(each) for each in owner.get("/workspaces")["workspaces"]] == [["createdAt", "id", "lastUsedAt", "sizeBytes"]]
    assert house.admin.code("DELETE", "/workspaces/desk") == (404, "WORKSPACE_NOT_FOUND"), "it is not the admin's own"
    assert house.admin.code("DELETE", "/workspaces/desk?account=nobody") == (404, "ACCOUNT_NOT_FOUND")
    assert owner.code("DELETE", "/workspaces/desk?account=admin") == (400, "UNKNOWN_FIELD")
    assert house.admin.code("DELETE", "/workspaces/desk?account=erin") == (200, None)
    assert last_audit(house, "workspace.remove")["target"] == "desk of erin" and owner.get("/workspaces")["workspaces"] == []
    house.admin.request("DELETE", f"/keys/{key['id']}")
    assert owner.get("/keys")["keys"][0]["revokedAt"]


def test_the_command_lines_changes_stand_in_the_audit_log(house):
    house.cli("accounts", "add", "dan")
    house.cli("accounts", "credit", "dan", "5")
    house.cli("keys", "create", "--name", "by hand", "--account", "dan")
    house.cli("secrets", "set", "TOKEN", input="hush hush")
    with receiver() as there:
        delivery = house.cli("webhooks", "test", there.url).stdout.strip()
    house.cli("webhooks", "redeliver", delivery)
    newest = house.admin.get("/audit", limit=6)
    who = "host user nobody" if support.IS_ROOT else newest["entries"][0]["account"]
    assert [(entry["account"], entry["action"], entry["from"]) for entry in newest["entries"]] == [(who, action, "command line") for action in ("delivery.redeliver", "webhook.test", "secret.set", "key.create", "account.credit", "account.add")]
    older = house.admin.get("/audit", limit=1, before=newest["nextBefore"])
    assert older["entries"][0]["id"] < newest["nextBefore"] and "hush" not in json.dumps(newest)


def test_apps_models_usage_and_the_server_are_told(house):
    admin = house.admin
    report, broken = admin.get("/apps/report"), admin.get("/apps/broken")
    assert (report["agent"], report["command"], report["network"]) == ("command", ["sh", "/app/run.sh"], ["api.example.org:443", "*.example.net"])
    assert report["manifest"].startswith("agent:") and report["limits"]["pids"] == 128
    assert broken["status"] == "disabled" and "did you mean" in broken["problem"] and "nmae" in broken["manifest"] and broken["limits"] is None
    models = admin.get("/models")
    assert models["models"][0] == {"id": "small", "provider": "local", "upstream": "x:1", "isDefault": True, "price": {"input": 0.5, "output": 1.0, "cached": 0.0}, "accepts": []}
    assert {each["name"]: each["credential"] for each in models["providers"]} == {"local": "missing", "other": "none"}
    session = admin.get("/session")
    assert session["models"] == ["small", "big"] and session["defaultModel"] == "small" and session["files"]["mostBytes"] == 10 << 20 and "csv" in session["files"]["extensions"]
    assert admin.get("/usage", days=7)["byApp"][0]["appId"] == "report"
    system = admin.get("/system")
    assert system["listening"] == [house.url] and system["disabledApps"][0]["id"] == "broken" and system["databaseBytes"] > 0
    doctor = admin.get("/system/doctor")
    assert {"config", "apps"} <= {item["id"] for item in doctor["items"]} and all(set(item) == {"id", "title", "severity", "finding", "fix"} for item in doctor["items"])


@pytest.mark.skipif(not support.IS_ROOT, reason="takes root, who alone can give a server cgroups here")
def test_the_doctor_knows_the_cgroups_of_the_server_that_asks():
    with support.server(user="root", config="sandbox: {strict: true}\n") as capid:
        capid.start()
        items = {item["id"]: item for item in visitors.admin_of(capid).get("/system/doctor")["items"]}
        assert (items["sandbox.cgroups"]["severity"], items["sandbox.strict"]["severity"]) == ("ok", "ok"), items


POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("path", ["/", "/setup", "/sign-in", "/apps", "/apps/report", "/apps/report/api", "/runs", "/threads/x", "/keys", "/system"])
def test_every_address_of_the_page_is_the_page(house, path):
    answer = requests.get(house.url + path, timeout=60)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == POLICY and answer.headers["Cache-Control"] == "no-cache"
    assert (answer.headers["X-Frame-Options"], answer.headers["Referrer-Policy"], answer.headers["X-Content-Type-Options"]) == ("DENY", "no-referrer", "nosniff")
    assert "://" not in answer.text and "<script>" not in answer.text and "style=" not in answer.text


def test_the_pages_files_are_compressed_and_kept_for_ever(house):
    names = re.findall(r'/assets/([\w.-]+)', requests.get(house.url, timeout=60).text)
    assert len(names) >= 3
    first_load = len(requests.get(house.url, timeout=60).content)
    for name in set(names):
        answer = requests.get(f"{house.url}/assets/{name}", headers={"Accept-Encoding": "gzip"}, timeout=60, stream=True)
        raw = answer.raw.read()
        assert answer.headers["Content-Encoding"] == "gzip" and answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Type"].split(";")[0] in ("text/javascript", "text/css", "image/svg+xml") and gzip.decompress(raw)
        first_load += len(raw)
    assert first_load < 100_000, first_load
    assert requests.get(f"{house.url}/assets/{names[0]}", headers={"Accept-Encoding": "identity"}, timeout=60).status_code == 400
    assert requests.get(f"{house.url}/assets/none.js", timeout=60).status_code == 404

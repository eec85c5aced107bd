# SPDX-License-Identifier: Apache-2.0
"""Who may do what, as one table: every call of the API with every kind of key. A route that is not in it fails the test."""
import json

import capid as support
import contract
import pytest

# Columns: a key of the account for every app; one of the account for this app (mine); one for another app; one of another
# account for every app; a revoked one; an expired one; none. 401 stands for the last three, in every row.
KEYS = ("account", "mine", "other", "stranger", "revoked", "expired", "none")
OUT = (401, 401, 401)
F, N = 403, 404

# Method and path of the OpenAPI document: what the first four get.
TABLE = {
    "POST /api/v1/runs": (202, 202, F, 202),
    "POST /api/v1/apps/{appId}/runs": (202, 202, F, 202),
    "GET /api/v1/runs": (200, 200, 200, 200),
    "GET /api/v1/apps/{appId}/runs": (200, 200, F, 200),
    "GET /api/v1/runs/{runId}": (200, 200, F, N),
    "GET /api/v1/apps/{appId}/runs/{runId}": (200, 200, F, N),
    "POST /api/v1/runs/{runId}/cancel": (409, 409, F, N),
    "POST /api/v1/apps/{appId}/runs/{runId}/cancel": (409, 409, F, N),
    "POST /api/v1/runs/{runId}/replay": (202, 202, F, N),
    "GET /api/v1/runs/{runId}/artifacts": (200, 200, F, N),
    "GET /api/v1/runs/{runId}/artifacts/{artifactId}": (200, 200, F, N),
    "GET /api/v1/runs/{runId}/events": (200, 200, F, N),
    "GET /api/v1/threads/{threadId}": (200, 200, F, N),
    "GET /api/v1/apps": (200, 200, 200, 200),
    "GET /api/v1/apps/{appId}": (200, 200, F, 200),
    "POST /api/v1/apps/{appId}/validate-input": (200, 200, F, 200),
    "GET /api/v1/apps/{appId}/openapi.json": (200, 200, F, 200),
    "GET /api/v1/openapi.json": (200, 200, 200, 200),
    "GET /api/v1/workspaces": (200, 200, 200, 200),
    "DELETE /api/v1/workspaces/{workspaceId}": (200, 200, F, N),
    "GET /api/v1/usage": (200, 200, 200, 200),
}
CODES = {401: "INVALID_API_KEY", 403: "APP_SCOPE_RESTRICTED"}


class House:
    def __init__(self, capid):
        self.capid = capid
        capid.shell_app("app", "echo x > /out/x.txt; echo said >&2")
        capid.shell_app("elsewhere", "true")
        capid.start()
        capid.cli("accounts", "add", "ada")
        self.keys = {
            "account": capid.key(),
            "mine": capid.key(app="app"),
            "other": capid.key(app="elsewhere"),
            "stranger": capid.key(account="ada"),
            "revoked": capid.key(name="revoked"),
            "expired": capid.key(expires="1ms"),
        }
        revoked = next(key["id"] for key in json.loads(capid.cli("keys", "list", "--json").stdout) if key["name"] == "revoked")
        capid.cli("keys", "revoke", revoked)
        self.clients = {name: capid.client(key) for name, key in self.keys.items()}
        self.clients["none"] = support.Client(capid.url, "")
        del self.clients["none"].session.headers["Authorization"]
        account = self.clients["account"]
        self.make_workspace()
        run = account.run("app")
        self.ids = {
            "appId": "app",
            "runId": run["id"],
            "artifactId": run["result"]["artifacts"][0]["id"],
            "threadId": run["threadId"],
            "workspaceId": "space",
        }

    def make_workspace(self):
        account = self.clients["account"]
        account.wait(account.request("POST", "/api/v1/apps/app/runs", json={"workspaceId": "space"}).json()["id"])

    def call(self, name, method, template):
        path = template.format(**self.ids)
        body = {"appId": "app"} if template == "/api/v1/runs" else {}
        arguments = {"json": body} if method == "POST" else {}
        return self.clients[name].request(method, path, headers={"Accept": "application/json"}, **arguments)


@pytest.fixture(scope="module")
def house():
    with support.server() as capid:
        yield House(capid)


def test_the_table_has_a_row_for_every_call():
    described = {f"{method} {path}" for method, path, _, _ in contract.contract().routes if path.startswith("/api/")}
    assert set(TABLE) == described


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("call", TABLE)
def test_every_call_with_every_key(house, call, name):
    method, template = call.split(" ")
    if method == "DELETE":
        house.make_workspace()
    answer = house.call(name, method, template)
    expected = dict(zip(KEYS, TABLE[call] + OUT, strict=True))[name]
    code = answer.json()["error"]["code"] if answer.status_code >= 400 else None
    assert (answer.status_code, code) == (expected, CODES.get(expected, code))
    if expected == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert {"revoked": "revoked at", "expired": "expired at"}.get(name, "valid API key") in answer.json()["error"]["message"]
    assert ("RateLimit" in answer.headers) == (expected != 401)


def test_another_apps_id_is_refused_before_any_look_up(house):
    for path in ("/api/v1/apps/gone/runs", "/api/v1/apps/gone", "/api/v1/apps/gone/openapi.json", f"/api/v1/apps/gone/runs/{house.ids['runId']}"):
        assert house.clients["mine"].request("GET", path).status_code == 403
        assert house.clients["account"].request("GET", path).status_code == (200 if path.endswith("gone/runs") else 404)


def test_a_run_under_the_wrong_apps_url_is_not_found(house):
    path = f"/api/v1/apps/elsewhere/runs/{house.ids['runId']}"
    assert house.clients["account"].request("GET", path).json()["error"]["code"] == "RUN_NOT_FOUND"
    assert house.clients["account"].request("POST", path + "/cancel").json()["error"]["code"] == "RUN_NOT_FOUND"
    assert house.clients["mine"].request("GET", path).status_code == 403


def test_lists_apps_usage_and_workspaces_are_filtered_to_the_keys_app(house):
    account, mine, other, stranger = (house.clients[name] for name in KEYS[:4])
    account.run("elsewhere")
    assert {run["appId"] for run in account.request("GET", "/api/v1/runs?limit=100").json()["runs"]} == {"app", "elsewhere"}
    assert {run["appId"] for run in mine.request("GET", "/api/v1/runs?limit=100").json()["runs"]} == {"app"}
    assert {run["appId"] for run in other.request("GET", "/api/v1/runs?limit=100").json()["runs"]} == {"elsewhere"}
    ours = {run["id"] for run in account.request("GET", "/api/v1/runs?limit=100").json()["runs"]}
    assert not ours & {run["id"] for run in stranger.request("GET", "/api/v1/runs?limit=100").json()["runs"]}
    assert [app["id"] for app in mine.request("GET", "/api/v1/apps").json()["apps"]] == ["app"]
    assert [app["id"] for app in account.request("GET", "/api/v1/apps").json()["apps"]] == ["app", "elsewhere"]
    assert [entry["appId"] for entry in other.request("GET", "/api/v1/usage").json()["byApp"]] == ["elsewhere"]
    house.make_workspace()
    assert [workspace["id"] for workspace in mine.request("GET", "/api/v1/workspaces").json()["workspaces"]] == ["space"]
    for client in (other, stranger):
        assert client.request("GET", "/api/v1/workspaces").json()["workspaces"] == []


def test_a_key_of_one_app_gets_at_no_workspace_and_no_thread_of_others(house):
    house.make_workspace()
    other = house.clients["other"]
    for field, value in (("workspaceId", "space"), ("threadId", house.ids["threadId"])):
        answer = other.request("POST", "/api/v1/apps/elsewhere/runs", json={field: value})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "APP_SCOPE_RESTRICTED")
    for client in (house.clients["account"], other):
        assert client.request("POST", "/api/v1/apps/elsewhere/runs", json={"workspaceId": "own-space"}).status_code == 202


def test_a_strangers_workspace_of_the_same_name_is_another_one(house):
    house.capid.shell_app("marks", "cat /workspace/mark 2>/dev/null; echo $CAPI_RUN_ID > /workspace/mark")

    def mark(name):
        client = house.clients[name]
        support.wait_until(lambda: client.request("GET", "/api/v1/apps/marks").status_code == 200)
        return client.wait(client.request("POST", "/api/v1/apps/marks/runs", json={"workspaceId": "same"}).json()["id"])

    first = mark("account")
    assert first["result"]["text"] == ""
    assert mark("stranger")["result"]["text"] == ""
    assert mark("account")["result"]["text"] == first["id"] + "\n"

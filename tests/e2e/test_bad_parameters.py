# SPDX-License-Identifier: Apache-2.0
"""Every parameter with values that it cannot have: the code, and the field at fault."""
import capid as support
import pytest

RUNS = "/api/v1/apps/app/runs"
ID = "01a21337-ee79-7001-9321-b3c475b470bf"


@pytest.fixture(scope="module")
def house():
    with support.server() as capid:
        capid.shell_app("app", "true")
        capid.shell_app("strict", "true", "workspace: required\nlimits: {timeout: 90s}")
        capid.shell_app("plain", "true", "workspace: none")
        client = capid.start().client()
        run = client.run("app")
        yield client, run


BODIES = [
    # field, value, code
    ("appId", 7, "INVALID_PARAMETER"),
    ("inputs", [], "INVALID_INPUT"),
    ("inputs", "{}", "INVALID_INPUT"),
    ("chatModelId", 7, "INVALID_PARAMETER"),
    ("chatModelId", "gpt", "UNKNOWN_MODEL"),
    ("workspaceId", 7, "INVALID_PARAMETER"),
    ("workspaceId", "", "INVALID_PARAMETER"),
    ("workspaceId", "Upper", "INVALID_PARAMETER"),
    ("workspaceId", "-dash", "INVALID_PARAMETER"),
    ("workspaceId", "a/b", "INVALID_PARAMETER"),
    ("workspaceId", "..", "INVALID_PARAMETER"),
    ("workspaceId", "x" * 65, "INVALID_PARAMETER"),
    ("webhookUrl", 7, "INVALID_PARAMETER"),
    ("webhookUrl", "https://10.0.0.1/hook", "WEBHOOK_URL_NOT_ALLOWED"),
    ("webhookUrl", "", "WEBHOOK_URL_NOT_ALLOWED"),
    ("threadId", 7, "INVALID_PARAMETER"),
    ("threadId", "nope", "INVALID_PARAMETER"),
    ("threadId", ID.upper(), "INVALID_PARAMETER"),
    ("threadId", ID, "THREAD_NOT_FOUND"),
    ("tags", "a", "INVALID_PARAMETER"),
    ("tags", {"a": "b"}, "INVALID_PARAMETER"),
    ("tags", [1], "INVALID_PARAMETER"),
    ("tags", [""], "INVALID_PARAMETER"),
    ("tags", ["x" * 65], "INVALID_PARAMETER"),
    ("tags", ["a\0b"], "INVALID_PARAMETER"),
    ("tags", [str(n) for n in range(11)], "INVALID_PARAMETER"),
    ("metadata", [], "INVALID_PARAMETER"),
    ("metadata", {str(n): "v" for n in range(33)}, "INVALID_PARAMETER"),
    ("metadata.k", {"k": 1}, "INVALID_PARAMETER"),
    ("metadata.k", {"k": {}}, "INVALID_PARAMETER"),
    ("metadata.k", {"k": None}, "INVALID_PARAMETER"),
    ("metadata.k", {"k": "x" * 513}, "INVALID_PARAMETER"),
    ("metadata." + "k" * 64, {"k" * 65: "v"}, "INVALID_PARAMETER"),
    ("ttlSeconds", 0, "INVALID_PARAMETER"),
    ("ttlSeconds", -1, "INVALID_PARAMETER"),
    ("ttlSeconds", 1.5, "INVALID_PARAMETER"),
    ("ttlSeconds", "60", "INVALID_PARAMETER"),
    ("ttlSeconds", 604801, "INVALID_PARAMETER"),
    ("ttlSeconds", 2**64, "INVALID_PARAMETER"),
    ("timeoutSeconds", 0, "INVALID_PARAMETER"),
    ("timeoutSeconds", True, "INVALID_PARAMETER"),
    ("timeoutSeconds", 601, "INVALID_PARAMETER"),
    ("maxCredits", -1, "INVALID_PARAMETER"),
    ("maxCredits", "5", "INVALID_PARAMETER"),
    ("maxCredits", 1e10, "INVALID_PARAMETER"),
    ("maxCredits", 0.999999, "INVALID_PARAMETER"),
    ("input", {}, "UNKNOWN_FIELD"),
    ("Tags", [], "UNKNOWN_FIELD"),
]


def check(answer, code, field, status=None):
    expected = status or {"THREAD_NOT_FOUND": 404}.get(code, 400)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("field")) == (expected, code, field), error
    assert error["message"]


@pytest.mark.parametrize("field, value, code", BODIES, ids=lambda value: str(value)[:30])
def test_body_fields(house, field, value, code):
    client, _ = house
    name = field.split(".")[0]
    for path in (RUNS, "/api/v1/runs", "/api/v1/apps/app/validate-input"):
        body = {"appId": "app", name: value} if path == "/api/v1/runs" else {name: value}
        if code == "THREAD_NOT_FOUND" and path.endswith("validate-input"):
            continue   # whether the thread is there is seen when the run is committed
        check(client.request("POST", path, json=body), code, field)


@pytest.mark.parametrize(
    "field, text, code",
    [
        ("inputs", "{", "INVALID_JSON"),
        ("inputs", "[]", "INVALID_INPUT"),
        ("tags", "a,b", "INVALID_JSON"),
        ("tags", '{"a": 1}', "INVALID_PARAMETER"),
        ("metadata", "k=v", "INVALID_JSON"),
        ("metadata.k", '{"k": 7}', "INVALID_PARAMETER"),
        ("ttlSeconds", "soon", "INVALID_PARAMETER"),
        ("ttlSeconds", "1.5", "INVALID_PARAMETER"),
        ("timeoutSeconds", "99999", "INVALID_PARAMETER"),
        ("maxCredits", "lots", "INVALID_PARAMETER"),
        ("workspaceId", "A B", "INVALID_PARAMETER"),
        ("threadId", "x", "INVALID_PARAMETER"),
        ("chatModelId", "gpt", "UNKNOWN_MODEL"),
    ],
)
def test_form_fields(house, field, text, code):
    client, _ = house
    check(client.request("POST", RUNS, files={field.split(".")[0]: (None, text)}), code, field)


def test_what_an_app_says_of_workspaces_and_time_outs(house):
    client, _ = house
    check(client.request("POST", "/api/v1/apps/strict/runs", json={}), "INVALID_PARAMETER", "workspaceId")
    check(client.request("POST", "/api/v1/apps/plain/runs", json={"workspaceId": "w"}), "INVALID_PARAMETER", "workspaceId")
    check(client.request("POST", "/api/v1/apps/strict/runs", json={"workspaceId": "w", "timeoutSeconds": 91}), "INVALID_PARAMETER", "timeoutSeconds")
    assert client.request("POST", "/api/v1/apps/strict/runs", json={"workspaceId": "w", "timeoutSeconds": 90}).status_code == 202


QUERIES = [
    # path, query, code, field
    ("runs", "status=done", "INVALID_PARAMETER", "status"),
    ("runs", "status=", "INVALID_PARAMETER", "status"),
    ("runs", "status=Completed", "INVALID_PARAMETER", "status"),
    ("runs", "limit=0", "INVALID_PARAMETER", "limit"),
    ("runs", "limit=-5", "INVALID_PARAMETER", "limit"),
    ("runs", "limit=ten", "INVALID_PARAMETER", "limit"),
    ("runs", "limit=", "INVALID_PARAMETER", "limit"),
    ("runs", "limit=1e2", "INVALID_PARAMETER", "limit"),
    ("runs", "limit=5&limit=6", "INVALID_PARAMETER", "limit"),
    ("runs", "offset=-1", "INVALID_PARAMETER", "offset"),
    ("runs", "offset=x", "INVALID_PARAMETER", "offset"),
    ("runs", "offset=99999999999999999999", "INVALID_PARAMETER", "offset"),
    ("runs", "before=x", "INVALID_PARAMETER", "before"),
    ("runs", "before=", "INVALID_PARAMETER", "before"),
    ("runs", "tag=", "INVALID_PARAMETER", "tag"),
    ("runs", "tag=%ff", "INVALID_PARAMETER", "tag"),
    ("runs", "tag=a&tag=b", "INVALID_PARAMETER", "tag"),
    ("runs", "metadata.=x", "UNKNOWN_FIELD", "metadata."),
    ("runs", "metadata.k=", "INVALID_PARAMETER", "metadata.k"),
    ("runs", "metadata.a=1&metadata.b=2&tag=c", "INVALID_PARAMETER", "tag"),
    ("runs", "stauts=failed", "UNKNOWN_FIELD", "stauts"),
    ("runs", "cursor=1", "UNKNOWN_FIELD", "cursor"),
    ("runs/{run}", "verbose=1", "UNKNOWN_FIELD", "verbose"),
    ("runs/{run}/artifacts", "limit=1", "UNKNOWN_FIELD", "limit"),
    ("runs/{run}/events", "after=-1", "INVALID_PARAMETER", "after"),
    ("runs/{run}/events", "after=x", "INVALID_PARAMETER", "after"),
    ("runs/{run}/events", "limit=0", "INVALID_PARAMETER", "limit"),
    ("threads/{thread}", "after=x", "INVALID_PARAMETER", "after"),
    ("threads/{thread}", "limit=0", "INVALID_PARAMETER", "limit"),
    ("threads/{thread}", "offset=1", "UNKNOWN_FIELD", "offset"),
    ("usage", "days=0", "INVALID_PARAMETER", "days"),
    ("usage", "days=367", "INVALID_PARAMETER", "days"),
    ("usage", "days=week", "INVALID_PARAMETER", "days"),
    ("usage", "day=1", "UNKNOWN_FIELD", "day"),
    ("apps", "q=1", "UNKNOWN_FIELD", "q"),
    ("apps/app", "q=1", "UNKNOWN_FIELD", "q"),
    ("workspaces", "q=1", "UNKNOWN_FIELD", "q"),
    ("openapi.json", "q=1", "UNKNOWN_FIELD", "q"),
    ("apps/app/openapi.json", "q=1", "UNKNOWN_FIELD", "q"),
]


@pytest.mark.parametrize("path, query, code, field", QUERIES, ids=lambda value: str(value)[:40])
def test_query_parameters(house, path, query, code, field):
    client, run = house
    address = "/api/v1/" + path.format(run=run["id"], thread=run["threadId"]) + "?" + query
    check(client.request("GET", address), code, field)
    if path == "runs":
        check(client.request("GET", "/api/v1/apps/app/runs?" + query), code, field)


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "99999999999999999999"])
def test_last_event_id(house, value):
    client, run = house
    check(client.request("GET", f"/api/v1/runs/{run['id']}/events", headers={"Last-Event-ID": value}), "INVALID_PARAMETER", "Last-Event-ID")


@pytest.mark.parametrize(
    "method, path, code",
    [
        ("GET", f"runs/{ID}", "RUN_NOT_FOUND"),
        ("GET", "runs/nope", "RUN_NOT_FOUND"),
        ("GET", f"apps/app/runs/{ID}", "RUN_NOT_FOUND"),
        ("POST", f"runs/{ID}/cancel", "RUN_NOT_FOUND"),
        ("POST", f"apps/app/runs/{ID}/cancel", "RUN_NOT_FOUND"),
        ("POST", f"runs/{ID}/replay", "RUN_NOT_FOUND"),
        ("GET", f"runs/{ID}/artifacts", "RUN_NOT_FOUND"),
        ("GET", f"runs/{ID}/artifacts/{ID}", "RUN_NOT_FOUND"),
        ("GET", f"runs/{ID}/events", "RUN_NOT_FOUND"),
        ("GET", f"threads/{ID}", "THREAD_NOT_FOUND"),
        ("GET", "apps/gone", "APP_NOT_FOUND"),
        ("POST", "apps/gone/validate-input", "APP_NOT_FOUND"),
        ("GET", "apps/gone/openapi.json", "APP_NOT_FOUND"),
        ("DELETE", "workspaces/gone", "WORKSPACE_NOT_FOUND"),
        ("GET", "nowhere", "ROUTE_NOT_FOUND"),
    ],
)
def test_ids_of_nothing(house, method, path, code):
    client, _ = house
    field = "appId" if code == "APP_NOT_FOUND" else None
    check(client.request(method, f"/api/v1/{path}", **({"json": {}} if "validate" in path else {})), code, field, 404)


def test_an_artifact_of_nothing_and_a_range_that_is_not_there(house):
    client, run = house
    check(client.request("GET", f"/api/v1/runs/{run['id']}/artifacts/{ID}"), "ARTIFACT_NOT_FOUND", None, 404)


@pytest.mark.parametrize("call", ["cancel", "replay"])
@pytest.mark.parametrize("body", [b'{"x": 1}', b"[]", b"x", b"y" * 100_000])
def test_calls_without_a_body_take_none(house, call, body):
    client, run = house
    check(client.request("POST", f"/api/v1/runs/{run['id']}/{call}", data=body), "INVALID_PARAMETER", None)
    empty = client.request("POST", f"/api/v1/runs/{run['id']}/{call}", data=b"{}").status_code
    assert empty == {"cancel": 409, "replay": 202}[call]


@pytest.mark.parametrize("path, allow", [("/api/v1/runs", "POST, GET, HEAD"), ("/api/v1/workspaces/x", "DELETE"), ("/api/v1/usage", "GET, HEAD")])
def test_other_methods_are_not_allowed(house, path, allow):
    client, _ = house
    answer = client.request("PUT", path)
    check(answer, "METHOD_NOT_ALLOWED", None, 405)
    assert answer.headers["Allow"] == allow


def test_a_chunked_body_is_told_how_to_say_its_length(house):
    client, _ = house
    answer = client.request("POST", RUNS, data=iter([b"{}"]), headers={"Content-Type": "application/json"})
    check(answer, "LENGTH_REQUIRED", None, 411)

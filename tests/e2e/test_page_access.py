# SPDX-License-Identifier: Apache-2.0
"""Who may ask the page's interface for what, as one table over every route of it; and that no other site's page can."""
import json
import re
import socket
import time

import capid as support
import pytest
import requests
import visitor as visitors
from visitor import PASSWORD, Visitor

ROUTER = (support.TOP / "src/admin/router.cc").read_text()
N, A = 404, 403   # not there for them; for admins alone

# Route: what its owner gets, another member, and an admin. Whoever is not signed in gets 401 everywhere.
TABLE = {
    "DELETE /session": (200, 200, 200),
    "DELETE /sessions": (200, 200, 200),
    "POST /password": (400, 400, 400),
    "GET /pulse": (200, 200, 200),
    "GET /apps": (200, 200, 200),
    "GET /apps/:appId": (200, 200, 200),
    "POST /apps/:appId/runs": (202, 202, 202),
    "GET /runs": (200, 200, 200),
    "GET /runs/:runId": (200, N, 200),
    "POST /runs/:runId/cancel": (409, N, 409),
    "POST /runs/:runId/replay": (202, N, 202),
    "GET /runs/:runId/artifacts": (200, N, 200),
    "GET /runs/:runId/artifacts/:artifactId": (200, N, 200),
    "GET /runs/:runId/events": (200, N, 200),
    "GET /threads/:threadId": (200, N, 200),
    "GET /threads/:threadId/events": (200, N, 200),
    "GET /workspaces": (200, 200, 200),
    "DELETE /workspaces/:workspaceId": (N, N, N),
    "GET /usage": (200, 200, 200),
    "GET /keys": (200, 200, 200),
    "POST /keys": (400, 400, 400),
    "DELETE /keys/:keyId": (200, N, 200),
    "POST /webhooks/secret": (200, 200, 200),
    "POST /webhooks/secret/rotate": (200, 200, 200),
    "POST /webhooks/test": (400, 400, 400),
    "GET /webhooks/deliveries": (200, 200, 200),
    "GET /webhooks/deliveries/:deliveryId": (200, N, 200),
    "POST /webhooks/deliveries/:deliveryId/redeliver": (200, N, 200),
    "GET /accounts": (A, A, 200),
    "POST /accounts": (A, A, 400),
    "POST /accounts/:accountId/role": (A, A, 400),
    "POST /accounts/:accountId/password": (A, A, 400),
    "POST /accounts/:accountId/credit": (A, A, 400),
    "POST /accounts/:accountId/disable": (A, A, 200),
    "POST /accounts/:accountId/enable": (A, A, 200),
    "GET /models": (A, A, 200),
    "GET /audit": (A, A, 200),
    "GET /system": (A, A, 200),
    "GET /system/doctor": (A, A, 200),
}
OPEN = {"POST /setup", "POST /session", "GET /session"}


class House:
    """A server with a run of ada's, and everything that belongs to it."""

    def __init__(self, capid):
        self.capid = capid
        capid.shell_app("app", "echo x > /out/x.txt; echo said >&2")
        capid.start()
        self.admin = visitors.admin_of(capid)
        self.owner, self.stranger = visitors.member_of(capid, "ada"), visitors.member_of(capid, "bob")
        capid.cli("accounts", "add", "victim")
        client = capid.client(capid.key(account="ada"))
        run = client.run("app")
        key = self.owner.post("/keys", 201, name="mine")["id"]
        capid.cli("webhooks", "test", "http://203.0.113.1:9/x", "--account", "ada", check=False)
        self.ids = {
            "appId": "app", "runId": run["id"], "threadId": run["threadId"], "artifactId": run["result"]["artifacts"][0]["id"], "workspaceId": "none", "keyId": key,
            "accountId": next(account["id"] for account in self.admin.get("/accounts")["accounts"] if account["name"] == "victim"),
        }

    def path(self, route):
        return re.sub(r":(\w+)", lambda name: self.ids[name[1]], route)

    def as_whom(self, name):
        """Signed in anew, since some routes end the session."""
        if name == "nobody":
            return Visitor(self.capid.url)
        known = {"owner": "ada", "stranger": "bob", "admin": "admin"}[name]
        if getattr(self, name).code("GET", "/keys")[0] != 200:
            getattr(self, name).sign_in(known)
        return getattr(self, name)


@pytest.fixture(scope="module")
def house():
    with support.server(config="webhooks: {allow: [203.0.113.1]}\n") as capid:
        house = House(capid)
        house.ids["deliveryId"] = capid.database("SELECT id FROM deliveries")[0][0]
        yield house


def routes():
    found = re.findall(r'\{"(\w+)", "/admin/api(/[^"]+)"', ROUTER)
    return {f"{method} {path}" for method, path in found}


def test_the_table_has_every_route():
    assert routes() == set(TABLE) | OPEN


@pytest.mark.parametrize("whose", ["owner", "stranger", "admin", "nobody"])
@pytest.mark.parametrize("route", TABLE)
def test_who_gets_what(house, route, whose):
    method, path = route.split(" ")
    expected = 401 if whose == "nobody" else TABLE[route][["owner", "stranger", "admin"].index(whose)]
    if route.endswith("/redeliver") and expected == 200:
        expected = {200, 400}   # it may still be on its way
    arguments = {"json": {}} if method == "POST" else {}
    if path.endswith("/events") or path == "/pulse":
        arguments.update(stream=True)
    with house.as_whom(whose).request(method, house.path(path), **arguments) as answer:
        assert answer.status_code in (expected if isinstance(expected, set) else {expected}), answer.text[:300]
        if answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/json" and "x.txt" not in answer.text
    if answer.status_code == 403:
        assert answer.json()["error"]["code"] == "ADMINS_ONLY"


def test_a_member_lists_only_what_is_their_own(house):
    owner, stranger, admin = house.as_whom("owner"), house.as_whom("stranger"), house.as_whom("admin")
    run = house.ids["runId"]
    assert run in [each["id"] for each in owner.get("/runs")["runs"]]
    assert run not in [each["id"] for each in stranger.get("/runs", account="ada")["runs"]]
    assert run in [each["id"] for each in admin.get("/runs")["runs"]]
    assert {each["account"] for each in admin.get("/runs", account="ada")["runs"]} == {"ada"}
    assert admin.code("GET", "/runs", params={"account": "nobody"}) == (404, "ACCOUNT_NOT_FOUND")
    assert house.ids["keyId"] not in [key["id"] for key in stranger.get("/keys")["keys"]]
    assert house.ids["deliveryId"] not in [each["id"] for each in stranger.get("/webhooks/deliveries")["deliveries"]]


@pytest.mark.parametrize("headers, answer", [
    ({"Origin": "https://evil.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": None}, 403),
    ({"Origin": "http://127.0.0.1"}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Sec-Fetch-Site": "none"}, 403),
    ({"Sec-Fetch-Site": "same-origin"}, 200),
    ({}, 200),
])
def test_a_change_comes_from_a_page_of_this_server_alone(house, headers, answer):
    admin = house.as_whom("admin")
    got = admin.request("POST", "/webhooks/secret", json={}, headers=headers)
    assert got.status_code == answer, got.text
    if answer == 403:
        assert got.json()["error"]["code"] == "FOREIGN_ORIGIN"
        before = admin.get("/keys")
        for method, path, arguments in [("POST", "/keys", {"json": {"name": "theirs"}}), ("DELETE", "/sessions", {}), ("POST", "/session", {"json": {"account": "admin", "password": PASSWORD}})]:
            assert admin.code(method, path, headers=headers, **arguments) == (403, "FOREIGN_ORIGIN")
        assert admin.get("/keys") == before


def test_what_a_form_of_another_page_could_send_is_not_read(house):
    """A form sends no JSON: even where an origin was believed, it changes nothing."""
    admin = house.as_whom("admin")
    body = json.dumps({"name": "theirs"})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert admin.code("POST", "/keys", data=body, headers={"Content-Type": kind}) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_keys_open_no_page_and_cookies_no_api(house):
    key = house.capid.key()
    assert requests.get(f"{house.capid.url}/admin/api/keys", headers={"Authorization": f"Bearer {key}"}, timeout=60).status_code == 401
    admin = house.as_whom("admin")
    assert admin.session.get(f"{house.capid.url}/api/v1/runs", timeout=60).status_code == 401


def test_no_other_site_may_read_an_answer(house):
    for path in ("/", "/admin/api/session", "/assets/none"):
        answer = requests.get(house.capid.url + path, headers={"Origin": "https://evil.example"}, timeout=60)
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
    assert requests.options(house.capid.url + "/admin/api/keys", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}, timeout=60).status_code >= 400


def test_a_disabled_account_is_out_at_once(house):
    admin, eve = house.as_whom("admin"), visitors.member_of(house.capid, "eve")
    key = eve.post("/keys", 201, name="k")["key"]
    assert house.capid.client(key).request("GET", "/api/v1/runs").status_code == 200
    with eve.request("GET", "/pulse", stream=True) as pulse:
        lines = pulse.iter_lines()
        next(lines)
        account = next(each["id"] for each in admin.get("/accounts")["accounts"] if each["name"] == "eve")
        admin.post(f"/accounts/{account}/disable")
        list(lines)   # it ends by itself
    assert eve.code("GET", "/keys") == (401, "NOT_SIGNED_IN")
    assert house.capid.client(key).request("GET", "/api/v1/runs").status_code == 401
    admin.post(f"/accounts/{account}/enable")
    assert house.capid.client(key).request("GET", "/api/v1/runs").status_code == 200
    assert eve.code("GET", "/keys") == (401, "NOT_SIGNED_IN"), "whoever was out signs in anew"


class Slow:
    """A change whose head is sent, and its body only later."""

    def __init__(self, url, visitor, path, body):
        host = url.removeprefix("http://")
        self.body = json.dumps(body).encode()
        self.socket = socket.create_connection(tuple([host.split(":")[0], int(host.split(":")[1])]), timeout=60)
        head = f"POST /admin/api{path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {url}\r\nCookie: capid_session={visitor.cookie()}\r\nContent-Type: application/json\r\nContent-Length: {len(self.body)}\r\nConnection: close\r\n\r\n"
        self.socket.sendall(head.encode() + self.body[:1])
        time.sleep(0.3 * support.PATIENCE)   # nothing tells when the head was judged, which is what comes next

    def finish(self):
        with self.socket:
            self.socket.sendall(self.body[1:])
            answer = b"".join(iter(lambda: self.socket.recv(65536), b""))
        return int(answer.split(b" ", 2)[1])


def test_a_request_that_is_long_under_way_changes_nothing_for_who_may_no_more(house):
    admin, bad = house.as_whom("admin"), visitors.member_of(house.capid, "mallory", "admin")
    account = next(each["id"] for each in admin.get("/accounts")["accounts"] if each["name"] == "mallory")
    slow = [Slow(house.capid.url, bad, *request) for request in (("/accounts", {"name": "backdoor", "role": "admin"}), ("/keys", {"name": "kept"}))]
    admin.post(f"/accounts/{account}/role", role="member")
    assert [each.finish() for each in slow] == [403, 403]
    slow = [Slow(house.capid.url, bad, *request) for request in (("/keys", {"name": "kept"}), ("/apps/app/runs", {"inputs": {}}))]
    admin.post(f"/accounts/{account}/disable")
    assert [each.finish() for each in slow] == [401, 401]
    assert "backdoor" not in [each["name"] for each in admin.get("/accounts")["accounts"]]
    assert next(each for each in admin.get("/accounts")["accounts"] if each["name"] == "mallory")["activeKeys"] == 0


def test_a_stream_of_anothers_run_ends_with_the_admins_role(house):
    admin, second = house.as_whom("admin"), visitors.member_of(house.capid, "passing", "admin")
    account = next(each["id"] for each in admin.get("/accounts")["accounts"] if each["name"] == "passing")
    house.capid.shell_app("talks", "for i in $(seq 200); do echo $i >&2; sleep 0.1; done")
    client = house.capid.client()
    run = support.wait_until(lambda: client.request("POST", "/api/v1/apps/talks/runs", json={}).json().get("id"), 20)
    with second.request("GET", f"/runs/{run}/events", stream=True, headers={"Accept": "text/event-stream"}) as stream:
        lines = stream.iter_lines()
        while not next(lines).startswith(b"data: "):
            pass
        admin.post(f"/accounts/{account}/role", role="member")
        with pytest.raises((StopIteration, requests.exceptions.ChunkedEncodingError)):
            for _ in range(60):
                next(lines)
    client.request("POST", f"/api/v1/runs/{run}/cancel")


def test_the_last_admin_stays(house):
    admin = house.as_whom("admin")
    own = next(each["id"] for each in admin.get("/accounts")["accounts"] if each["name"] == "admin")
    assert admin.code("POST", f"/accounts/{own}/disable", json={}) == (400, "INVALID_PARAMETER")
    assert admin.code("POST", f"/accounts/{own}/role", json={"role": "member"}) == (400, "INVALID_PARAMETER")
    refused = house.capid.cli("accounts", "disable", "admin", check=False)
    assert refused.returncode == 2 and "the last admin" in refused.stderr
    second = visitors.member_of(house.capid, "second", "admin")
    second.post(f"/accounts/{own}/role", role="member")
    assert admin.code("GET", "/accounts") == (403, "ADMINS_ONLY"), "a role is looked up with each request"
    second.post(f"/accounts/{own}/role", role="admin")
    assert admin.code("GET", "/accounts") == (200, None)
    others = next(each["id"] for each in admin.get("/accounts")["accounts"] if each["name"] == "second")
    second.post(f"/accounts/{others}/role", role="member")
    assert second.code("GET", "/accounts") == (403, "ADMINS_ONLY"), "an admin may stop being one while another is there"
    admin.post(f"/accounts/{others}/role", role="admin")
    second.post(f"/accounts/{others}/disable")
    assert second.code("GET", "/accounts")[0] == 401

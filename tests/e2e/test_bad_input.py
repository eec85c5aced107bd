# SPDX-License-Identifier: Apache-2.0
"""Every bad input gets its code and its field, leaves nothing on the disk, and the next request works."""
import json
import socket
import urllib.parse

import capid as support
import pytest

APP = """
inputs:
  year: {type: integer, required: true, minimum: 2000}
  region: {type: select, options: [EMEA, AMER]}
  table: {type: file, accept: [csv]}
agent: {command: [sh, -c, "echo ok"]}
"""
RUNS = "/api/v1/apps/app/runs"


@pytest.fixture(scope="module")
def bench():
    with support.server() as capid:
        capid.app("app", APP)
        capid.app("plain", "agent: {command: [sh, -c, 'echo ok']}")
        capid.start()
        yield capid, capid.client()


def form(*parts, boundary="XX", end=True):
    """A form's bytes from (headers, content) pairs, exactly as given."""
    body = b"".join(b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary.encode(), head.encode(), content) for head, content in parts)
    return body + (b"--%s--\r\n" % boundary.encode() if end else b"")


def text(name, content):
    return (f'Content-Disposition: form-data; name="{name}"', content)


def file(name, filename, content):
    return (f'Content-Disposition: form-data; name="{name}"; filename="{filename}"', content)


YEAR = text("inputs", b'{"year": 2025}')
FORM = "multipart/form-data; boundary=XX"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32

JSON_CASES = [
    # body, status, code, field
    ("{", 400, "INVALID_JSON", None),
    ("[]", 400, "INVALID_JSON", None),
    ("", 400, "INVALID_JSON", None),
    ('{"inputs": {"year": 2025}} x', 400, "INVALID_JSON", None),
    ("[" * 100 + "]" * 100, 400, "INVALID_JSON", None),
    ('{"inputs": {"year": "\udc80"}}', 400, "INVALID_JSON", None),
    ('{"inputs": []}', 400, "INVALID_INPUT", "inputs"),
    ("{}", 400, "INVALID_INPUT", "inputs.year"),
    ('{"inputs": {"year": "soon"}}', 400, "INVALID_INPUT", "inputs.year"),
    ('{"inputs": {"year": 2025.5}}', 400, "INVALID_INPUT", "inputs.year"),
    ('{"inputs": {"year": 1999}}', 400, "INVALID_INPUT", "inputs.year"),
    ('{"inputs": {"year": 2025, "region": "ASIA"}}', 400, "INVALID_INPUT", "inputs.region"),
    ('{"inputs": {"year": 2025, "table": "x.csv"}}', 400, "INVALID_INPUT", "inputs.table"),
    ('{"inputs": {"year": 2025, "regoin": "EMEA"}}', 400, "UNKNOWN_FIELD", "inputs.regoin"),
    ('{"input": {"year": 2025}}', 400, "UNKNOWN_FIELD", "input"),
    ('{"inputs": {"year": 2025}, "chatModelId": "gpt"}', 400, "UNKNOWN_MODEL", "chatModelId"),
    ('{"inputs": {"year": 2025}, "chatModelId": 4}', 400, "INVALID_PARAMETER", "chatModelId"),
    ('{"inputs": {"year": 2025}, "webhookUrl": "http://10.0.0.1"}', 400, "WEBHOOK_URL_NOT_ALLOWED", "webhookUrl"),
    ('{"inputs": {"year": 2025}, "x": "' + "y" * (1 << 20) + '"}', 413, "PAYLOAD_TOO_LARGE", None),
]

FORM_CASES = [
    # body, status, code, field
    (form(YEAR, file("files", "", b"x")), 400, "INVALID_MULTIPART", "files"),
    (form(YEAR, text("files", b"x")), 400, "INVALID_MULTIPART", "files"),
    (form(YEAR, ("Content-Disposition: form-data", b"x")), 400, "INVALID_MULTIPART", None),
    (form(YEAR, ("X-Other: 1", b"x")), 400, "INVALID_MULTIPART", None),
    (form(YEAR, ("no header at all", b"x")), 400, "INVALID_MULTIPART", None),
    (form(YEAR, file("files", "a.txt", b"x"), end=False), 400, "INVALID_MULTIPART", None),
    (form(YEAR)[:-20], 400, "INVALID_MULTIPART", None),
    (b"not a form", 400, "INVALID_MULTIPART", None),
    (b"--XX\r\n" + b"A: b\r\n" * 50_000, 400, "INVALID_MULTIPART", None),
    (b"--XX\r\nContent-Disposition: form-data; name=\"" + b"n" * 20_000, 400, "INVALID_MULTIPART", None),
    (form(YEAR, YEAR), 400, "INVALID_MULTIPART", "inputs"),
    (form(text("inputs", b"{")), 400, "INVALID_JSON", "inputs"),
    (form(text("inputs", b"\xff")), 400, "INVALID_MULTIPART", "inputs"),
    (form(YEAR, text("tabel", b"x")), 400, "UNKNOWN_FIELD", "tabel"),
    (form(YEAR, file("tabel", "a.csv", b"x")), 400, "UNKNOWN_FIELD", "inputs.tabel"),
    (form(YEAR, file("year", "a.csv", b"x")), 400, "INVALID_INPUT", "inputs.year"),
    (form(YEAR, file("table", "a.txt", b"x")), 400, "INVALID_INPUT", "inputs.table"),
    (form(YEAR, file("table", "a.csv", b"x"), file("table", "b.csv", b"x")), 400, "INVALID_INPUT", "inputs.table"),
    (form(YEAR, file("files", "a.txt", b"")), 400, "EMPTY_FILE", "files"),
    (form(YEAR, *[file("files", f"{i}.txt", b"x") for i in range(11)]), 400, "TOO_MANY_FILES", "files"),
    (form(YEAR, file("files", "a.txt", b"x" * (10 * 2**20 + 1))), 413, "FILE_TOO_LARGE", "files"),
    (form(text("inputs", b" " * (2**20 + 1))), 413, "PAYLOAD_TOO_LARGE", "inputs"),
    (form(YEAR, file("files", "a.exe", b"x")), 415, "UNSUPPORTED_FILE_TYPE", None),
    (form(YEAR, file("files", "a", b"x")), 415, "UNSUPPORTED_FILE_TYPE", None),
    (form(YEAR, file("files", "a.png", b"not a picture")), 415, "UNSUPPORTED_FILE_TYPE", None),
    (form(YEAR, file("files", "a.txt", PNG)), 415, "UNSUPPORTED_FILE_TYPE", None),
]


def check(answer, status, code, field):
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert (error["code"], error.get("field")) == (code, field), error
    assert error["message"]
    assert answer.headers["X-Request-Id"]


def check_clean_and_alive(capid, client):
    assert list((capid.data / "files/incoming").iterdir()) == []
    kept = [path for path in (capid.data / "files/blobs").rglob("*") if path.is_file()]
    assert len(kept) == capid.database("SELECT (SELECT count(*) FROM run_files) + (SELECT count(*) FROM artifacts)")[0][0]
    assert client.request("GET", "/livez").status_code == 200


@pytest.mark.parametrize("body, status, code, field", JSON_CASES, ids=lambda value: str(value)[:40])
def test_json(bench, body, status, code, field):
    capid, client = bench
    answer = client.request("POST", RUNS, data=body.encode("utf-8", "surrogateescape"), headers={"Content-Type": "application/json"})
    check(answer, status, code, field)
    check_clean_and_alive(capid, client)


@pytest.mark.parametrize("body, status, code, field", FORM_CASES, ids=lambda value: str(value)[:60])
def test_form(bench, body, status, code, field):
    capid, client = bench
    answer = client.request("POST", RUNS, data=body, headers={"Content-Type": FORM})
    check(answer, status, code, field)
    check_clean_and_alive(capid, client)


@pytest.mark.parametrize(
    "method, path, headers, body, status, code, field",
    [
        ("POST", RUNS, {"Content-Type": "text/plain"}, b"{}", 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type"),
        ("POST", RUNS, {"Content-Type": "application/x-www-form-urlencoded"}, b"inputs=1", 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type"),
        ("POST", RUNS, {"Content-Type": "multipart/form-data"}, b"x", 400, "INVALID_MULTIPART", None),
        ("POST", RUNS, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, b"x", 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding"),
        ("POST", "/api/v1/runs", {"Content-Type": "application/json"}, b"{}", 400, "MISSING_APP_ID", "appId"),
        ("POST", "/api/v1/runs", {"Content-Type": "application/json"}, b'{"appId": 7}', 400, "INVALID_PARAMETER", "appId"),
        ("POST", "/api/v1/runs", {"Content-Type": "application/json"}, b'{"appId": "nope"}', 404, "APP_NOT_FOUND", "appId"),
        ("POST", "/api/v1/apps/nope/runs", {"Content-Type": "application/json"}, b"{}", 404, "APP_NOT_FOUND", "appId"),
        ("POST", "/api/v1/apps/%00/runs", {"Content-Type": "application/json"}, b"{}", 400, "INVALID_PARAMETER", None),
        ("GET", "/api/v1/runs/nope", {}, None, 404, "RUN_NOT_FOUND", None),
        ("GET", "/api/v1/nope", {}, None, 404, "ROUTE_NOT_FOUND", None),
        ("GET", "/" + "x" * 9000, {}, None, 400, "INVALID_PARAMETER", None),
        ("DELETE", RUNS, {}, None, 405, "METHOD_NOT_ALLOWED", None),
        ("BREW", RUNS, {}, None, 400, "INVALID_PARAMETER", None),
        ("GET", "/livez", {"Cookie": "a\x01b"}, None, 400, "INVALID_PARAMETER", None),
        ("GET", "/livez", {"X-Long": "y" * 9000}, None, 400, "INVALID_PARAMETER", None),
    ],
)
def test_requests(bench, method, path, headers, body, status, code, field):
    capid, client = bench
    answer = client.request(method, path, data=body, headers=headers)
    check(answer, status, code, field)
    if status == 405:
        assert answer.headers["Allow"] == "POST, GET, HEAD"
    check_clean_and_alive(capid, client)


def test_several_problems_are_told_at_once(bench):
    answer = bench[1].request("POST", RUNS, json={"inputs": {"year": "x", "region": "ASIA", "zzz": 1}})
    assert [problem["field"] for problem in answer.json()["error"]["details"]] == ["inputs.region", "inputs.year", "inputs.zzz"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer capi_x"}, {"Authorization": "Basic YTpi"}])
def test_without_a_key(bench, headers):
    answer = support.requests.post(bench[1].url + RUNS, json={"inputs": {"year": 2025}}, headers=headers)
    check(answer, 401, "INVALID_API_KEY", None)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_body_without_form_or_length_is_no_body(bench):
    """curl -X POST without data sends neither type nor length."""
    answer = raw(bench, b"POST /api/v1/apps/plain/runs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n" % bench[1].key.encode())
    assert answer.startswith(b"HTTP/1.1 202 ")


def raw(bench, *pieces, half_close=False):
    url = urllib.parse.urlparse(bench[1].url)
    with socket.create_connection((url.hostname, url.port), timeout=30 * support.PATIENCE) as connection:
        for piece in pieces:
            connection.sendall(piece)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while b"\r\n\r\n" not in answer:
            got = connection.recv(65536)
            if not got:
                break
            answer += got
        return answer


def head(bench, length, type="application/json", extra=b""):
    return b"POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\n%sContent-Length: %s\r\n\r\n" % (
        RUNS.encode(),
        bench[1].key.encode(),
        type.encode(),
        extra,
        str(length).encode(),
    )


@pytest.mark.parametrize("type, body", [("application/json", b'{"inputs":'), (FORM, form(YEAR, file("files", "a.txt", b"x" * 70_000)))])
def test_a_body_that_is_cut_off(bench, type, body):
    """The sender has gone half-way, or altogether, in the middle of the body."""
    capid, client = bench
    answer = raw(bench, head(bench, len(body) + 1000, type), body, half_close=True)
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    url = urllib.parse.urlparse(client.url)
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(head(bench, len(body) + 1000, type) + body)
    support.wait_until(lambda: not list((capid.data / "files/incoming").iterdir()), what="an empty incoming folder")
    check_clean_and_alive(capid, client)


@pytest.mark.parametrize(
    "request_bytes, status",
    [
        (b"POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 411),
        (b"POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n-5\r\nhello", 400),
        (b"POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 6\r\n\r\nhello", 400),
        (b"POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
        (b"POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n", 413),
        (b"POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400),
        (b"GET /livez HTTP/1.1\r\nHost: x\r\nX: a%0d%0aInjected: 1\r\n\r\n", 400),
        (b"GET / \r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ],
)
def test_framing_that_is_refused(bench, request_bytes, status):
    answer = raw(bench, request_bytes)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer
    assert json.loads(answer.split(b"\r\n\r\n")[1])["error"]["code"]
    assert bench[1].request("GET", "/livez").status_code == 200


def test_a_header_that_is_refused_is_named_and_cookies_are_not_looked_into(bench):
    """Every service of a host name sets cookies for all of them."""
    refused = raw(bench, b"GET /livez HTTP/1.1\r\nHost: x\r\nBaggage: note=a%0Ab\r\n\r\n")
    error = json.loads(refused.split(b"\r\n\r\n")[1])["error"]
    assert error["field"] == "Baggage" and "header Baggage" in error["message"]
    assert raw(bench, b"GET /livez HTTP/1.1\r\nHost: x\r\nCookie: prefs=a%0Ab\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def test_two_requests_in_one_packet_get_two_answers(bench):
    url = urllib.parse.urlparse(bench[1].url)
    with socket.create_connection((url.hostname, url.port), timeout=30) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b""
        while got := connection.recv(65536):
            answer += got
    assert answer.count(b"HTTP/1.1 200 OK") == 2


def test_keys_of_one_app(bench):
    capid, client = bench
    own = capid.client(capid.key(app="app"))
    run = own.submit("app", {"year": 2025})
    elsewhere = client.submit("plain")
    for answer in (
        own.request("POST", "/api/v1/apps/plain/runs", json={}),
        own.request("POST", "/api/v1/runs", json={"appId": "plain"}),
        own.request("POST", "/api/v1/apps/gone/runs", json={}),
        own.request("GET", f"/api/v1/apps/plain/runs/{elsewhere}"),
        own.request("GET", f"/api/v1/runs/{elsewhere}"),
    ):
        check(answer, 403, "APP_SCOPE_RESTRICTED", None)
    assert own.request("GET", f"/api/v1/apps/app/runs/{run}").status_code == 200
    check(client.request("GET", f"/api/v1/apps/plain/runs/{run}"), 404, "RUN_NOT_FOUND", None)
    capid.cli("accounts", "add", "ada")
    stranger = capid.client(capid.key(account="ada"))
    check(stranger.request("GET", f"/api/v1/runs/{run}"), 404, "RUN_NOT_FOUND", None)


def test_credits_are_refused_to_the_exact_amount():
    with support.server(config="credits: {enforce: true, per_run: 1.5}\n") as capid:
        capid.shell_app("app", "true")
        client = capid.start().client()
        check(client.request("POST", RUNS, json={}), 402, "INSUFFICIENT_CREDITS", None)
        capid.cli("accounts", "credit", "admin", "2.999999")
        assert client.run("app")["usage"]["credits"] == 1.5
        check(client.request("POST", RUNS, json={}), 402, "INSUFFICIENT_CREDITS", None)
        capid.cli("accounts", "credit", "admin", "0.000001")
        assert client.run("app")["status"] == "completed"
        assert capid.database("SELECT balance FROM accounts") == [(0,)]
        assert capid.database("SELECT kind, sum(amount) FROM ledger GROUP BY kind ORDER BY kind") == [
            ("charge", -3_000_000),
            ("grant", 3_000_000),
            ("release", 3_000_000),
            ("reserve", -3_000_000),
        ]


def test_a_full_queue_is_said():
    with support.server(config="runs: {concurrency: 1, queue_limit: 2}\n") as capid:
        capid.shell_app("slow", "sleep 30")
        client = capid.start().client()
        first = client.submit("slow")
        support.wait_until(lambda: client.get(first)["status"] == "running")
        client.submit("slow"), client.submit("slow")
        answer = client.request("POST", "/api/v1/apps/slow/runs", json={})
        check(answer, 503, "QUEUE_FULL", None)
        assert answer.headers["Retry-After"] == "5"

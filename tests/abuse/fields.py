# SPDX-License-Identifier: Apache-2.0
"""Addresses and headers that are sound HTTP, and nothing that capid would take."""
from case import ANY, CREATED, FINE, MALFORMED, Case, junk, letters, request
from heads import NO_SUCH, TOO_LARGE, posted

NOT_FOUND = {404: {"ROUTE_NOT_FOUND", "RUN_NOT_FOUND", "APP_NOT_FOUND"}}
NO_KEY = {401: {"INVALID_API_KEY"}}
WRONG_QUERY = {400: {"INVALID_PARAMETER", "UNKNOWN_FIELD"}}


def path(pick, stand):
    part = pick.choice(["%", "%zz", "%4", "%2f", "%2F..%2f", "..", "%2e%2e", ".", "%c0%af", "%ff%fe", "%ed%a0%80", "%u0041",
                        "a%20b", "%25", "%2500", "😀", "a;b", "a:b", "a'b\"c", "%3f", "%23", "\\", "{}", "~",
                        letters(pick, 200, 4_000)])
    start = pick.choice(["/", "/api/v1/runs/", "/api/v1/apps/", "/api/v1/apps/held/", "/api/v1/runs/" + stand.run + "/artifacts/"])
    found = {404: {*NOT_FOUND[404], "ARTIFACT_NOT_FOUND"}}
    return Case(request(pick.choice(["GET", "GET", "POST"]), start + part + pick.choice(["", "/", "/x", "/../livez"]),
                        stand.authorization), {**MALFORMED, **NO_SUCH, **found})


def query(pick, stand):
    odd = pick.choice(["limit=1&limit=2", "limit=-1", "limit=0", "limit=x", "limit=", "limit=1e3", "limit=%00", "limit=1%00",
                       "offset=-1", "offset=x", "stauts=completed", "status=x", "status=", "status=%ff", "before=x", "%ff=1",
                       "a%00b=1",
                       "tag=%ff", "tag=a&tag=b&", "limit[]=1", "limit%20=1", "&".join(f"x{i}={i}" for i in range(500)),
                       "x=" + "y" * 7_000, "limit=" + "9" * 7_000 + "x", "limit=0x10", "limit= 1".replace(" ", "%20"), "limit=+1"])
    return Case(request("GET", "/api/v1/runs?" + odd, stand.authorization), WRONG_QUERY)


def query_that_means_nothing(pick, stand):
    odd = pick.choice(["", "&", "=x", "&&&&", "limit=1&", "limit=" + "9" * 30, "?limit=1".lstrip("?"), "limit=%31",
                       "limit=1#" + "x" * 50])
    return Case(request("GET", "/api/v1/runs?" + odd, stand.authorization), {**FINE, **WRONG_QUERY}, kept=None)


def authorization(pick, stand):
    key = stand.key
    wrong = [None, b"", b"Bearer", b"Bearer ", b"Bearer  " + key, b"Basic " + key, key, b"Bearer " + key + b"x",
             b"Bearer " + key[:-1], b"Bearer " + key.lower(), b"Bearer " + key.swapcase(), b"Bearer capi_",
             b"Bearer " + b"x" * 8_000, b"Bearer " + junk(pick, 1, 50).hex().encode(),
             b"Bearer \xff\xfe", b"Bearer '" + key + b"'", b"Bearer," + key, b"Digest username=x", b"Negotiate " + b"A" * 3_000,
             b"Bearer " + key + b", Bearer " + key, b"Bearer\t" + key, b"Bearer null", b"Bearer %2e%2e"]
    value = pick.choice(wrong)
    lines = [] if value is None else [b"Authorization: " + value]
    if pick.random() < 0.5:
        return Case(request("GET", pick.choice(["/api/v1/runs", "/api/v1/usage", "/metrics"]), *lines), NO_KEY)
    return Case(request("POST", stand.held, *lines, "Content-Type: application/json",
                        body=pick.choice([b"{}", b"{", stand.canary])), NO_KEY)


def two_keys(pick, stand):
    lines = [stand.authorization, b"Authorization: Bearer " + pick.choice([b"x", stand.key])]
    pick.shuffle(lines)
    return Case(request("GET", "/api/v1/usage", *lines), {**FINE, **NO_KEY, **MALFORMED}, kept=None)


def idempotency_key(pick, stand):
    wrong = [b"", b'""', b'"', b'"x', b'"a"b', b'"a\\x"', b'"a\\"', b"x" * 256, b"x" * 8_000, b"\xc3\xa4", b'"\xff"', b"a%ffb",
             b"%00", b'"a" "b"']
    return Case(posted(stand, b"Idempotency-Key: " + pick.choice(wrong), b"Content-Length: 2", body=b"{}"))


def prefer(pick, stand):
    odd = ["wait=-1", "wait=x", "wait=", "wait", "wait=99999999999999999999x", "respond-async", ";;;", ",,,,", "wait=0",
           "wait = 1x", "=", "x" * 8_000, "wait=1.5.5", "wait=\"1\"", ",".join("a" * 2_000)]
    return Case(posted(stand, f"Prefer: {pick.choice(odd)}", "Content-Length: 2", body=b"{}"), CREATED, kept=True)


def expectation(pick, stand):
    line = "Expect: " + pick.choice(["100-continue", "100-Continue", "x", "", "200-ok", "100-continue, x", "100-continue;q=1"])
    kept, version = pick.choice([(True, "HTTP/1.1"), (False, "HTTP/1.0")])
    return Case(posted(stand, line, "Content-Length: 2", body=b"{}", version=version), {**CREATED, 417: ANY}, kept=kept)


def accepted_types(pick, stand):
    odd = ["", ",", ";;;", "*/*;q=2", "*/*;q=x", "text", "/" * 500, "application/json;q=-1", "a/b," * 1_000, "\xff",
           "*/*;q=0.00000000000001", "*/*; q=1e9999"]
    return Case(request("GET", "/livez", "Accept: ".encode() + pick.choice(odd).encode("latin-1")), {**FINE, **MALFORMED},
                kept=None)


def range_of_an_artifact(pick, stand):
    odd = ["bytes=0-0", "bytes=-1", "bytes=0-", "bytes=5-2", "bytes=99-", "bytes=-0", "bytes=-99999", "bytes=0-0,1-1,2-2",
           "bytes=" + "0-0," * 1_500 + "0-0", "bytes=0-5,0-5,0-5,0-5", "bytes=" + "9" * 30 + "-", "bytes=x", "bytes=", "bytes",
           "lines=0-1", "bytes=0x0-1", "bytes=--1", "bytes=-",
           "bytes=1-1,", "bytes = 0-1", "BYTES=0-1", "bytes=0-18446744073709551615", "bytes=0-9223372036854775807",
           "bytes=-9223372036854775808", "bytes=0-0, 2-3"]
    return Case(request("GET", stand.artifact, stand.authorization, f"Range: {pick.choice(odd)}"),
                {**FINE, 206: ANY, 416: {"INVALID_PARAMETER"}, **MALFORMED}, kept=None)


def range_of_what_has_none(pick, stand):
    """It must not be said of a run that was created, or of a list that is, that bytes of it are not there."""
    line = "Range: " + pick.choice(["bytes=0-5", "bytes=100000-", "bytes=-1", "bytes=0-0,1-1"])
    if pick.random() < 0.5:
        return Case(request("GET", "/api/v1/runs?limit=1", stand.authorization, line), FINE, kept=True)
    return Case(posted(stand, line, "Content-Length: 2", body=b"{}"), CREATED, kept=True)


def upgrade(pick, stand):
    kinds = [["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"],
             ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
              "Sec-WebSocket-Version: 13"],
             ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 99"],
             ["Upgrade: TLS/1.3", "Connection: upgrade"], ["Connection: Upgrade"], ["Upgrade: " + "x, " * 500]]
    return Case(request("GET", "/livez", *pick.choice(kinds)), FINE, kept=True)


def connection_options(pick, stand):
    if pick.random() < 0.5:
        odd = pick.choice(["close", "Close", "CLOSE", "keep-alive, close", "close,x", " close ", "x\r\nConnection: close",
                           "close\r\nConnection: keep-alive"])
        return Case(request("GET", "/livez", f"Connection: {odd}"), FINE, kept=False)
    odd = pick.choice(["", ",", "closed", "keep-alive", "Host", "Content-Length, Authorization", "x" * 5_000, "not close",
                       "close;q=0"])
    return Case(request("GET", "/livez", f"Connection: {odd}"), FINE, kept=True)


def content_coding(pick, stand):
    coding = pick.choice(["gzip", "br", "deflate", "zstd", "identity, gzip", "x", "identity\r\nContent-Encoding: gzip", "",
                          "gzip\r\nContent-Encoding: identity"])
    return Case(posted(stand, f"Content-Encoding: {coding}", "Content-Length: 2", body=b"{}"), {415: {"UNSUPPORTED_MEDIA_TYPE"}})


def content_coding_that_is_none(pick, stand):
    return Case(posted(stand, "Content-Encoding: identity", "Content-Length: 2", body=b"{}"), CREATED, kept=True)


def media_type(pick, stand):
    kind = pick.choice(["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json", ";", "/",
                        "multipart/mixed; boundary=XX", "multipart/", "application/json, text/plain", "\xff", "x" * 8_000])
    sent = request("POST", stand.held, stand.authorization, b"Content-Type: " + kind.encode("latin-1"), body=b"{}")
    return Case(sent, {415: {"UNSUPPORTED_MEDIA_TYPE"}})


def other_headers(pick, stand):
    line = pick.choice(["Cookie: capid_session=" + "x" * 5_000, "Cookie: =;;;=", "Origin: null", "Origin: http://evil",
                        "Sec-Fetch-Site: cross-site", "X-Forwarded-For: , , 1.2.3.4, x", "X-Forwarded-For: " + "1," * 3_000,
                        "Last-Event-ID: -1", "Last-Event-ID: x", "If-Modified-Since: x",
                        "If-None-Match: *", "If-Match: \"x\"", "If-Range: x", "TE: trailers", "Trailer: Content-Length",
                        "Accept-Encoding: " + "gzip;q=9," * 500, "X-HTTP-Method-Override: DELETE", "Max-Forwards: -1", "Via: 9.9 x",
                        "Date: never"])
    return Case(request("GET", "/api/v1/runs?limit=1", stand.authorization, line), FINE, kept=True)


def address_and_body_too_large(pick, stand):
    sent = request("POST", pick.choice([stand.held, "/livez", "/api/v1/runs"]),
                   f"Content-Length: {pick.choice([200 << 20, 10**12])}", "Expect: 100-continue")
    return Case(sent, TOO_LARGE)

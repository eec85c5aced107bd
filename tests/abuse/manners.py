# SPDX-License-Identifier: Apache-2.0
"""Requests that stop, break off, dawdle or come in heaps."""
import bodies
import heads
from case import CREATED, FINE, MALFORMED, Case, control, request

FILE = bodies.part(b"files", b"hello " * 50, b'; filename="a.txt"')


def whole_posts(stand):
    kinds = [("application/json", b'{"inputs": {}}'), ("multipart/form-data; boundary=XX",
                                                       bodies.form(bodies.part(b"inputs", b"{}"), FILE))]
    return [request("POST", stand.held, stand.authorization, f"Content-Type: {kind}", body=body) for kind, body in kinds]


def half_closed_in_the_body(pick, stand):
    whole = pick.choice(whole_posts(stand))
    body = whole.index(b"\r\n\r\n") + 4
    return Case(whole[:pick.randint(body, len(whole) - 1)], {400: {"INVALID_PARAMETER", "INVALID_JSON", "INVALID_MULTIPART"}},
                manner="half-closed")


def half_closed_in_the_head(pick, stand):
    whole = pick.choice(whole_posts(stand))
    return Case(whole[:pick.randint(1, whole.index(b"\r\n\r\n"))], manner="half-closed", silent=True)


def half_closed_behind_it(pick, stand):
    return Case(pick.choice(whole_posts(stand)), CREATED, manner="half-closed")


def reset(pick, stand):
    whole = pick.choice(whole_posts(stand))
    return Case(whole[:pick.randint(0, len(whole) - 1)], manner="reset")


def slowly(pick, stand):
    good = pick.random() < 0.5
    version = "HTTP/1.1" if good else pick.choice(["HTTP/9.9", "HTTP/1.1\r\nX : y",
                                                   "HTTP/1.1\r\nX: " + control(pick, but=b"\r\n").decode()])
    return Case(request("GET", "/livez", version=version), FINE if good else MALFORMED, kept=good, manner="slowly")


BAD = [heads.unknown_method, heads.missing_parts, heads.wrong_version, heads.header_without_colon, heads.space_before_colon,
       heads.host, heads.lengths_that_differ, heads.length_that_is_none, heads.transfer_coding, heads.length_too_large,
       bodies.broken_json]


def heap_with_a_bad_one(pick, stand):
    good = pick.randint(1, 30)
    bad = pick.choice(BAD)(pick, stand)
    behind = request() * pick.randint(0, 5) + stand.canary * pick.randint(0, 3)
    return Case(request() * good + bad.sent + behind, bad.allowed, before=good)


def heap_of_good_ones(pick, stand):
    good = pick.randint(2, 60)
    return Case(request() * good + request("GET", "/livez", body=stand.canary), FINE, kept=True, before=good)


def line_by_line_then_gone(pick, stand):
    return Case(request() * pick.randint(1, 20) + request()[:pick.randint(1, 20)], free=True,
                manner=pick.choice(["reset", "half-closed"]))

# SPDX-License-Identifier: Apache-2.0
"""Sound requests with a few bytes turned: nobody can say what they are, so any sound answer will do."""
import bodies
from case import Case, request
from manners import whole_posts

# What means something to whoever reads a request, to be put in where it does not belong.
PIECES = [b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\0", b":", b" ", b"\t", b"%", b"%00", b"%0d%0a", b";", b'"', b"--XX", b"--XX--\r\n",
          b"{", b"}", b"[", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n", b"\xff", b"/",
          b"..", b"?", b"#", b"&", b"=", b"HTTP/1.1", b"Expect: 100-continue\r\n", b"0", b"9" * 20, b"x" * 9_000]


def turned(pick, sent):
    sent = bytearray(sent)
    for _ in range(pick.choice([1, 1, 1, 2, 3, 8])):
        at = pick.randrange(len(sent))
        size = pick.choice([1, 1, 2, 5, 40])
        how = pick.randrange(5)
        if how == 0:
            sent[at] ^= 1 << pick.randrange(8)
        elif how == 1:
            sent[at] = pick.randrange(256)
        elif how == 2:
            sent[at:at] = pick.choice(PIECES)
        elif how == 3 and len(sent) > size + 1:
            del sent[at:at + size]
        else:
            sent[at:at] = sent[at:at + size]
        sent = sent or bytearray(b"x")
    return bytes(sent)


def turned_post(pick, stand):
    return Case(turned(pick, pick.choice(whole_posts(stand))), free=True, manner="half-closed")


def turned_check(pick, stand):
    kind, body = pick.choice([(b"application/json", b'{"inputs": {"a": [1, 2.5e3, "\\u00e4"]}}'),
                              (b"multipart/form-data; boundary=XX", bodies.form(bodies.part(b"inputs", b'{"a": 1}')))])
    return Case(turned(pick, request("POST", "/api/v1/apps/held/validate-input", stand.authorization, b"Content-Type: " + kind,
                                     body=body)), free=True, manner="half-closed")


def turned_get(pick, stand):
    path = pick.choice(["/livez", "/api/v1/runs?limit=2&offset=1&status=completed", "/api/v1/apps/held", stand.artifact,
                        f"/api/v1/runs/{stand.run}", f"/api/v1/runs/{stand.run}/events"])
    sent = turned(pick, request("GET", path, stand.authorization, "Range: bytes=0-3", "Accept: application/json, */*;q=0.5"))
    return Case(sent + b"\r\n\r\n", free=True, kept=None)

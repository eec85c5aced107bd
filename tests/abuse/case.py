# SPDX-License-Identifier: Apache-2.0
"""One abusive request: its bytes, how they are sent, and what may come of it."""
import dataclasses
import string

ANY = None   # any code of ours
MALFORMED = {400: {"INVALID_PARAMETER"}}
CREATED = {202: ANY}
FINE = {200: ANY}
TOKEN = string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~"


@dataclasses.dataclass
class Case:
    sent: bytes
    allowed: dict = dataclasses.field(default_factory=lambda: MALFORMED)   # status -> the error's code, one of these
    # What follows on the connection: True: the next request is answered as well. False: it is closed, and what was sent
    # after it, a request that would create a run, is not looked at. None: as the answer says.
    kept: bool | None = False
    manner: str = "at once"    # or "half-closed", "reset", "slowly"
    silent: bool = False       # it may also be closed without an answer
    before: int = 0            # so many good requests stand before it, to be answered first
    free: bool = False         # nobody can say what it is: every answer must be sound, and none an error of the server's
    family: str = ""
    number: int = 0

    def __str__(self):
        shown = repr(self.sent) if len(self.sent) <= 900 else f"{self.sent[:600]!r} ... {self.sent[-200:]!r} ({len(self.sent)} bytes)"
        return f"case {self.number}, {self.family}, sent {self.manner}: {shown}"


def request(method="GET", path="/livez", *lines, body=None, version="HTTP/1.1", host=b"Host: x"):
    """A request's bytes; `lines` are whole header lines. With a body comes its length."""
    head = [encoded(method) + b" " + encoded(path) + b" " + encoded(version)]
    head += [host] if host is not None else []
    head += [encoded(line) for line in lines]
    head += [b"Content-Length: %d" % len(body)] if body is not None else []
    return b"\r\n".join(head) + b"\r\n\r\n" + (body or b"")


def encoded(text):
    return text if isinstance(text, bytes) else text.encode()


def junk(pick, least, most):
    return pick.randbytes(pick.randint(least, most))


def letters(pick, least, most):
    return "".join(pick.choices(string.ascii_lowercase, k=pick.randint(least, most)))


def control(pick, but=b""):
    """A control character, never a tab."""
    return bytes([pick.choice([code for code in [*range(9), *range(10, 32), 127] if code not in but])])

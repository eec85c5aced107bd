# SPDX-License-Identifier: Apache-2.0
"""Bytes to the server and back over a plain socket, and answers read as strictly as RFC 9112 lets one."""
import dataclasses
import json
import re
import socket
import struct
import time

import capid as support

# The server gives a silent client up after 15 s and lingers for 2 s; longer is a hang.
LONGEST_S = 40 * support.PATIENCE
BETWEEN_BYTES_S = 0.004
STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5]\d\d) [ -~]*")
HEADER_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t -~\x80-\xff]*)")


class Unsound(AssertionError):
    """What came is no HTTP."""


@dataclasses.dataclass
class Answer:
    status: int
    headers: list
    body: bytes

    def all(self, name):
        return [value for known, value in self.headers if known == name.lower()]

    def closes(self):
        return self.all("connection") == ["close"]

    def code(self):
        return json.loads(self.body)["error"]["code"]


def exchange(address, sent, manner="at once"):
    """What came until the server closed the connection. None where it was reset on purpose."""
    with socket.create_connection(address, timeout=LONGEST_S) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in [bytes([byte]) for byte in sent] if manner == "slowly" else [sent]:
                connection.sendall(piece)
                if manner == "slowly":
                    time.sleep(BETWEEN_BYTES_S)
            if manner == "half-closed":
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass   # it has heard enough: its answer is still to be read
        if manner == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return None
        return read_to_the_end(connection)


def read_to_the_end(connection):
    got = []
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        try:
            piece = connection.recv(1 << 16)
        except ConnectionResetError:
            piece = b""
        except TimeoutError:
            break
        if not piece:
            return b"".join(got)
        got.append(piece)
    raise Unsound(f"neither an answer nor an end within {LONGEST_S:.0f} s, only {b''.join(got)[:500]!r}")


def answers_in(got):
    """All of them, each whole. Those in between (1xx) are left out."""
    answers = []
    while got:
        answer, got = first_answer(got)
        if answer.status >= 200:
            answers.append(answer)
    return answers


def first_answer(got):
    head, end, rest = got.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    status = STATUS_LINE.fullmatch(lines[0])
    parsed = [HEADER_LINE.fullmatch(line) for line in lines[1:]]
    if not end or not status or not all(parsed):
        raise Unsound(f"not the head of an answer: {got[:500]!r}")
    answer = Answer(int(status[1]), [(name.decode().lower(), value.decode("latin-1")) for name,
                                     value in (line.groups() for line in parsed)], b"")
    if answer.status < 200:
        return answer, rest
    for name in ("x-request-id", "date", "content-type"):
        if len(answer.all(name)) != 1:
            raise Unsound(f"{len(answer.all(name))} times {name}: {head!r}")
    lengths, codings = answer.all("content-length"), answer.all("transfer-encoding")
    if len(lengths) + len(codings) != 1:
        raise Unsound(f"framed in {len(lengths) + len(codings)} ways: {head!r}")
    if codings:
        answer.body, rest = chunks_in(rest)
    else:
        answer.body, rest = rest[:int(lengths[0])], rest[int(lengths[0]):]
        if len(answer.body) != int(lengths[0]):
            raise Unsound(f"an answer that ends too early: {got[:500]!r}")
    if answer.status >= 400:
        error = json.loads(answer.body)["error"]
        if not error["code"] or not error["message"]:
            raise Unsound(f"an error that says nothing: {answer.body!r}")
    return answer, rest


def chunks_in(rest):
    body = b""
    while True:
        size, _, rest = rest.partition(b"\r\n")
        if not re.fullmatch(rb"[0-9a-fA-F]+", size):
            raise Unsound(f"not a chunk: {size[:80]!r}")
        length = int(size, 16)
        body, end, rest = body + rest[:length], rest[length:length + 2], rest[length + 2:]
        if end != b"\r\n":
            raise Unsound("a chunk that does not end where it should")
        if length == 0:
            return body, rest

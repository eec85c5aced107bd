# SPDX-License-Identifier: Apache-2.0
"""A connection on which a test says each byte itself, and reads when it likes to."""
import http.client
import json
import socket
import urllib.parse

import capid as support
import contract

PATIENTLY = 60 * support.PATIENCE


def connect(url, room=None):
    """`room` is how much the other end can send that nobody reads, as far as the kernel follows."""
    address = urllib.parse.urlparse(url)
    connection = socket.socket()
    connection.settimeout(PATIENTLY)
    if room:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    connection.connect((address.hostname, address.port))
    return connection


def head(client, method, path, *lines):
    """The head of a request of whoever has the client's key."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {client.key}", *lines, "", ""]).encode()


def answer(connection):
    """The answer that comes next, read as far as its head: a `100 Continue` is none."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response


def answer_before_a_body(client, path, *lines):
    """Status and error's code for whoever has announced a large body, and sends nothing of it."""
    with connect(client.url) as connection:
        connection.sendall(head(client, "POST", path, "Content-Type: application/json", "Content-Length: 100000000", *lines))
        response = answer(connection)
        text = response.read()
        contract.contract().check("POST", path, response.status, response.headers, text)
        return response.status, json.loads(text)["error"]["code"]


def read_rest(connection):
    """All that comes until the other end closes."""
    pieces = []
    try:
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    except ConnectionResetError:
        pass   # closed with data on its way: as good an end as any
    return b"".join(pieces)


def is_over(connection):
    """Whether the other end has closed by now; what has come until then is dropped."""
    connection.setblocking(False)
    try:
        while connection.recv(1 << 16):
            pass
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(PATIENTLY)
    return True

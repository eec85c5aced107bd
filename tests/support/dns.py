# SPDX-License-Identifier: Apache-2.0
"""A name server for a test, at an address of its own, and what makes a command ask it: answers by a plan for each name."""
import collections
import contextlib
import ipaddress
import os
import pathlib
import random
import socket
import socketserver
import struct
import threading

NXDOMAIN, SERVFAIL, SILENT, EMPTY = "NXDOMAIN", "SERVFAIL", "SILENT", []
CODES = {NXDOMAIN: 3, SERVFAIL: 2}
TYPES = {1: 4, 28: 6}   # A and AAAA, and the version of the addresses which they ask for
LONGEST_DATAGRAM = 512


def read_question(message):
    """(name, type, the question's bytes) of a query."""
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    (type,) = struct.unpack_from("!H", message, at + 1)
    return ".".join(labels).lower(), type, message[12:at + 5]


class NameServer:
    """`plans` maps names to lists of answers, used in turn, the last over and over: a list of addresses of both versions, or
    one of the words above. A and AAAA are two questions, and each has its own turn. A name without a plan does not exist.
    Answers that are too long for a datagram are cut, and given whole over TCP."""

    def __init__(self, **plans):
        self.plans = {name.lower(): list(answers) for name, answers in plans.items()}
        self.queries = []   # (name, type)
        self.turns = collections.Counter()
        self.lock = threading.Lock()
        self.address, self.servers = self._bind()
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def _bind(self):
        """An address that no other test has, for resolv.conf knows only port 53."""
        for _ in range(100):
            address = f"127.53.{random.randrange(1, 255)}.{random.randrange(1, 255)}"
            with contextlib.suppress(OSError):
                udp = socketserver.ThreadingUDPServer((address, 53), self._udp_handler())
                socketserver.ThreadingTCPServer.allow_reuse_address = True
                return address, (udp, socketserver.ThreadingTCPServer((address, 53), self._tcp_handler()))
        raise AssertionError("no address was free for a name server")

    def _udp_handler(server):   # noqa: N805
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                answer = server.answer(self.request[0], LONGEST_DATAGRAM)
                if answer:
                    self.request[1].sendto(answer, self.client_address)

        return Handler

    def _tcp_handler(server):   # noqa: N805
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                while length := self.rfile.read(2):
                    answer = server.answer(self.rfile.read(struct.unpack("!H", length)[0]), 65535, again=True)
                    if not answer:
                        return
                    self.wfile.write(struct.pack("!H", len(answer)) + answer)

        return Handler

    def plan(self, name, *answers):
        """Sets what is answered from now on."""
        with self.lock:
            self.plans[name.lower()] = list(answers)
            self.turns = collections.Counter({key: turn for key, turn in self.turns.items() if key[0] != name.lower()})

    def lookups(self, name):
        """How often the name was asked for: the questions for A, for each look-up has one."""
        return self.queries.count((name.lower(), 1))

    def _next(self, name, type, again):
        """The answer whose turn it is; one that is asked for once more over TCP is the same as before."""
        with self.lock:
            if not again:
                self.queries.append((name, type))
            answers = self.plans.get(name, [NXDOMAIN])
            turn = self.turns[name, type] - (1 if again else 0)
            self.turns[name, type] = turn + 1
            return answers[min(turn, len(answers) - 1)]

    def answer(self, message, most, again=False):
        name, type, question = read_question(message)
        found = self._next(name, type, again)
        if found == SILENT:
            return None
        addresses = [] if isinstance(found, str) else [ipaddress.ip_address(text) for text in found]
        records = b"".join(struct.pack("!HHHIH", 0xC00C, type, 1, 0, len(one.packed)) + one.packed for one in addresses if one.version == TYPES.get(type))
        code = CODES.get(found, 0) if isinstance(found, str) else 0
        cut = len(question) + len(records) + 12 > most
        count = 0 if cut else sum(one.version == TYPES.get(type) for one in addresses)
        head = struct.pack("!HHHHHH", struct.unpack_from("!H", message)[0], 0x8180 | (0x0200 if cut else 0) | code, 1, count, 0, 0)
        return head + question + (b"" if cut else records)

    def wrapper(self, folder):
        """What to put before a command so that it asks this server: a mount namespace with another resolv.conf. Needs root;
        the command itself may then become somebody else."""
        path = pathlib.Path(folder) / "resolv.conf"
        path.write_text(f"nameserver {self.address}\n")
        path.chmod(0o644)
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', path]

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()


@contextlib.contextmanager
def name_server(**plans):
    assert os.geteuid() == 0, "port 53 needs root"
    made = NameServer(**plans)
    try:
        yield made
    finally:
        made.close()

# SPDX-License-Identifier: Apache-2.0
"""Receivers of webhooks, good and bad: each remembers every connection and every request, and answers by a plan."""
import asyncio
import contextlib
import dataclasses
import json
import ssl
import threading
import time

import capid as support


@dataclasses.dataclass
class Answer:
    """What a receiver does with a request that it has read: it waits, then answers."""

    status: int = 204
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b""
    after: float = 0   # seconds

    def text(self):
        headers = {"Content-Length": str(len(self.body)), "Connection": "close", **self.headers}
        if self.status == 204:
            del headers["Content-Length"]
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status} Whatever\r\n{lines}\r\n".encode() + self.body


@dataclasses.dataclass
class Raw:
    """Says these bytes instead of an answer, and closes."""

    text: bytes


@dataclasses.dataclass
class Request:
    method: str
    path: str
    headers: dict   # by their names in lower case
    body: bytes
    time: float     # seconds since 1970, when it had been read
    at: float       # the same moment of the monotonic clock

    def json(self):
        return json.loads(self.body)


def redirect(url, status=302):
    return Answer(status, {"Location": url})


# What can be wrong with a receiver, beside a status.
NEVER_READS = "never reads"          # accepts, and that is all
NEVER_ANSWERS = "never answers"      # reads the request, and that is all
DRIPS = "drips"                      # a head that goes on for ever, byte by byte, none long after the one before
DRIPS_BODY = "drips body"            # the same with the body of a 500
ENDLESS = "endless"                  # a 500 with 10 GB behind it, sent as fast as they are taken
ENDLESS_HEAD = "endless head"        # header after header, as fast as they are taken
CLOSES_AT_ONCE = "closes at once"    # before the request is read
CLOSES = "closes"                    # after it is read
CLOSES_IN_HEAD = "closes in head"    # after half a status line and a header
GARBAGE = "garbage"                  # bytes that are no HTTP
ENDLESS_LENGTH = 10_000_000_000

Gone = (OSError, asyncio.IncompleteReadError, ValueError)


class Receiver:
    """`plan` says what becomes of each connection, in turn, the last over and over; with no plan each is answered 204. An
    item is a status, an Answer, a Raw, or one of the words above. `moments` maps "accepted", "read" and "answered" to what
    is called then, on the receiver's thread, with the receiver."""

    def __init__(self, *plan, host="127.0.0.1", port=0, tls=None, moments=None):
        self.plan = list(plan) or [204]
        self.moments = moments or {}
        self.connections = []   # the monotonic time of each
        self.requests = []
        self.sent = 0           # bytes of endless bodies
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*tls)
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda *_: None)   # connections that break are what this is for
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self._call(asyncio.start_server(self._serve, host, port, ssl=self.context, backlog=4096, limit=1 << 24))
        self.host, self.port = host, self.server.sockets[0].getsockname()[1]
        self.url = self.url_of(host)

    def url_of(self, name, path="/hook"):
        return f"{'https' if self.context else 'http'}://{name}:{self.port}{path}"

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    async def _serve(self, reader, writer):
        self.connections.append(time.monotonic())
        act = self.plan.pop(0) if len(self.plan) > 1 else self.plan[0]
        try:
            await self._act(act, reader, writer)
        except Gone:
            pass
        finally:
            writer.close()

    async def _act(self, act, reader, writer):
        self._moment("accepted")
        if act == NEVER_READS:
            writer.transport.pause_reading()
            await asyncio.sleep(3600)
        if act == CLOSES_AT_ONCE:
            return
        await self._read(reader)
        self._moment("read")
        await self._answer(act, reader, writer)
        self._moment("answered")

    def _moment(self, name):
        if name in self.moments:
            self.moments[name](self)

    async def _read(self, reader):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        assert len(headers) == len(lines), f"a header came twice: {head}"
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.requests.append(Request(method, path, headers, body, time.time(), time.monotonic()))

    async def _answer(self, act, reader, writer):
        if act == NEVER_ANSWERS:
            await reader.read()   # until the other side has had enough
        elif act == DRIPS:
            await self._drip(writer, b"HTTP/1.1 200 OK\r\nX-Long: ")
        elif act == DRIPS_BODY:
            await self._drip(writer, b"HTTP/1.1 500 No\r\nContent-Length: 1000000\r\n\r\n")
        elif act == ENDLESS:
            await self._pour(writer, b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n" % ENDLESS_LENGTH, b"x" * 65536)
        elif act == ENDLESS_HEAD:
            await self._pour(writer, b"HTTP/1.1 500 No\r\n", b"X-Long: " + b"x" * 1000 + b"\r\n")
        elif act == CLOSES_IN_HEAD:
            await self._say(writer, b"HTTP/1.1 200 OK\r\nContent-")
        elif act == GARBAGE:
            await self._say(writer, bytes(range(256)) * 4)
        elif isinstance(act, Raw):
            await self._say(writer, act.text)
        elif act != CLOSES:
            answer = Answer(act) if isinstance(act, int) else act
            await asyncio.sleep(answer.after)
            await self._say(writer, answer.text())

    @staticmethod
    async def _say(writer, text):
        writer.write(text)
        await writer.drain()

    async def _drip(self, writer, begin):
        await self._say(writer, begin)
        while True:
            await self._say(writer, b"x")
            await asyncio.sleep(0.05)

    async def _pour(self, writer, begin, piece):
        await self._say(writer, begin)
        while self.sent < ENDLESS_LENGTH:
            await self._say(writer, piece)
            self.sent += len(piece)
            await asyncio.sleep(0)   # drain alone may never let others run

    def wait(self, count=1, seconds=20):
        """Until so many requests have come; returns the last of these."""
        return support.wait_until(lambda: len(self.requests) >= count and self.requests, seconds, f"request {count} at a receiver")[count - 1]

    def wait_for_connections(self, count, seconds=20):
        support.wait_until(lambda: len(self.connections) >= count, seconds, f"connection {count} at a receiver")

    def of_run(self, run):
        """The requests that are about a run."""
        return [request for request in self.requests if request.json()["id"] == run]

    def close(self):
        async def end():
            self.server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self._call(end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@contextlib.contextmanager
def receiver(*plan, **options):
    made = Receiver(*plan, **options)
    try:
        yield made
    finally:
        made.close()

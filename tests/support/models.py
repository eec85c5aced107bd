# SPDX-License-Identifier: Apache-2.0
"""A model's server that follows a script: Chat Completions, Responses and Messages over real HTTP, streamed or whole, with
tools, usage, errors, delays and connections that break. It keeps books of the tokens that it counted for every call."""
import asyncio
import dataclasses
import json
import threading

TOKEN = "tok "   # a text of n tokens is this n times: four bytes each, as a gateway would guess it


@dataclasses.dataclass
class Answer:
    """What one call gets. `tokens` is the length of the text; `tools` are (id, name, arguments as an object)."""
    tokens: int = 3
    text: str = ""                 # instead of `tokens`
    refusal: str = ""              # instead of an answer
    cut: bool = False              # at the length that an answer may have
    tools: tuple = ()              # whose arguments may also be a text, which need not be JSON
    input: int = 10                # tokens, as the server counts them
    cached: int = 0                # of those
    output: int | None = None      # None: as many as the text has
    status: int = 200
    error: str = "scripted"        # the message of another status
    headers: tuple = ()            # (name, value), further ones
    delay: float = 0               # before the answer's head
    pace: float = 0                # before each event of a stream
    tell_usage: bool = True
    cut_after: int | None = None   # events of a stream; then the connection is broken
    raw: bytes | None = None       # the body as it is, with `type`
    type: str = "application/json"
    announce: int | None = None    # Content-Length, whatever is sent
    silent: bool = False           # nothing at all is said
    reset: bool = False            # the connection is broken before anything is said
    closes: bool | None = None     # the connection, after this answer, as it says; None: only where `raw` or `announce` is given

    @property
    def stays_open(self):
        return not self.closes if self.closes is not None else self.raw is None and self.announce is None

    def words(self):
        return self.text or TOKEN * self.tokens

    def counted(self):
        output = self.output if self.output is not None else (len(self.words()) + 3) // 4
        return {"input": self.input, "cached": self.cached, "output": output}


@dataclasses.dataclass
class Call:
    """One request, and what was counted for it: nothing before its answer was begun."""
    path: str
    headers: dict
    body: dict | None
    raw: bytes
    number: int
    counted: dict | None = None
    whole: bool = False   # the answer was sent to its end

    @property
    def protocol(self):
        return {"/v1/chat/completions": "chat", "/v1/responses": "responses", "/v1/messages": "messages"}.get(self.path.split("?")[0])


def event(data, name=None):
    return (f"event: {name}\n" if name else "") + f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n"


def pieces(text, size=4):
    return [text[i:i + size] for i in range(0, len(text), size)]


def arguments_text(arguments):
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


class Chat:
    @staticmethod
    def usage(counted):
        return {"prompt_tokens": counted["input"], "completion_tokens": counted["output"], "total_tokens": counted["input"] + counted["output"],
                "prompt_tokens_details": {"cached_tokens": counted["cached"]}}

    @staticmethod
    def calls(answer):
        return [{"index": i, "id": id, "type": "function", "function": {"name": name, "arguments": arguments_text(arguments)}} for i, (id, name, arguments) in enumerate(answer.tools)]

    @classmethod
    def whole(cls, call, answer):
        message = {"role": "assistant", "content": answer.words() if not answer.tools else None}
        if answer.tools:
            message["tool_calls"] = cls.calls(answer)
        body = {"id": f"chatcmpl-{call.number}", "object": "chat.completion", "created": 0, "model": call.body["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if answer.tools else "stop"}]}
        return {**body, "usage": cls.usage(answer.counted())} if answer.tell_usage else body

    @classmethod
    def events(cls, call, answer):
        def chunk(delta, finish=None):
            return event({"id": f"chatcmpl-{call.number}", "object": "chat.completion.chunk", "created": 0, "model": call.body["model"],
                          "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
        yield chunk({"role": "assistant", "content": ""})
        if answer.refusal:
            yield chunk({"refusal": answer.refusal})
        for piece in pieces(answer.words()) if not answer.tools and not answer.refusal else []:
            yield chunk({"content": piece})
        for tool in cls.calls(answer):
            yield chunk({"tool_calls": [tool]})
        yield chunk({}, "length" if answer.cut else "tool_calls" if answer.tools else "stop")
        if answer.tell_usage and (call.body.get("stream_options") or {}).get("include_usage"):
            yield event({"id": f"chatcmpl-{call.number}", "object": "chat.completion.chunk", "created": 0, "model": call.body["model"],
                         "choices": [], "usage": cls.usage(answer.counted())})
        yield event("[DONE]")


class Responses:
    @staticmethod
    def usage(counted):
        return {"input_tokens": counted["input"], "output_tokens": counted["output"], "total_tokens": counted["input"] + counted["output"],
                "input_tokens_details": {"cached_tokens": counted["cached"]}, "output_tokens_details": {"reasoning_tokens": 0}}

    @staticmethod
    def items(answer):
        if answer.tools:
            return [{"type": "function_call", "id": f"fc_{id}", "call_id": id, "name": name, "arguments": arguments_text(arguments), "status": "completed"} for id, name, arguments in answer.tools]
        part = {"type": "refusal", "refusal": answer.refusal} if answer.refusal else {"type": "output_text", "text": answer.words(), "annotations": []}
        return [{"type": "message", "id": "msg_0", "role": "assistant", "status": "completed", "content": [part]}]

    @classmethod
    def whole(cls, call, answer):
        body = {"id": f"resp_{call.number}", "object": "response", "created_at": 0, "status": "completed", "model": call.body["model"], "output": cls.items(answer)}
        return {**body, "usage": cls.usage(answer.counted())} if answer.tell_usage else body

    @classmethod
    def events(cls, call, answer):
        number = iter(range(1 << 30))

        def told(kind, **more):
            return event({"type": kind, "sequence_number": next(number), **more}, kind)
        begun = {"id": f"resp_{call.number}", "object": "response", "created_at": 0, "status": "in_progress", "model": call.body["model"], "output": []}
        yield told("response.created", response=begun)
        for index, item in enumerate(cls.items(answer)):
            yield told("response.output_item.added", output_index=index, item={**item, "status": "in_progress", **({"content": []} if item["type"] == "message" else {"arguments": ""})})
            if item["type"] == "message":
                where = {"item_id": item["id"], "output_index": index, "content_index": 0}
                yield told("response.content_part.added", **where, part={"type": "output_text", "text": "", "annotations": []})
                for piece in pieces(answer.words()):
                    yield told("response.output_text.delta", **where, delta=piece)
                yield told("response.output_text.done", **where, text=answer.words())
                yield told("response.content_part.done", **where, part=item["content"][0])
            else:
                yield told("response.function_call_arguments.delta", item_id=item["id"], output_index=index, delta=item["arguments"])
                yield told("response.function_call_arguments.done", item_id=item["id"], output_index=index, arguments=item["arguments"])
            yield told("response.output_item.done", output_index=index, item=item)
        yield told("response.incomplete" if answer.cut else "response.completed", response=cls.whole(call, answer))


class Messages:
    @staticmethod
    def usage(counted):
        return {"input_tokens": counted["input"] - counted["cached"], "cache_creation_input_tokens": 0, "cache_read_input_tokens": counted["cached"], "output_tokens": counted["output"]}

    @staticmethod
    def content(answer):
        if answer.tools:
            return [{"type": "tool_use", "id": id, "name": name, "input": arguments} for id, name, arguments in answer.tools]
        return [{"type": "text", "text": answer.words()}]

    @classmethod
    def whole(cls, call, answer):
        body = {"id": f"msg_{call.number}", "type": "message", "role": "assistant", "model": call.body["model"], "content": cls.content(answer),
                "stop_reason": "tool_use" if answer.tools else "refusal" if answer.refusal else "end_turn", "stop_sequence": None}
        return {**body, "usage": cls.usage(answer.counted())} if answer.tell_usage else body

    @classmethod
    def events(cls, call, answer):
        def told(kind, **more):
            return event({"type": kind, **more}, kind)
        usage = cls.usage(answer.counted())
        begun = {**cls.whole(call, answer), "content": [], "stop_reason": None}
        if answer.tell_usage:
            begun["usage"] = {**usage, "output_tokens": 1}
        yield told("message_start", message=begun)
        yield told("ping")
        for index, block in enumerate(cls.content(answer)):
            is_text = block["type"] == "text"
            yield told("content_block_start", index=index, content_block={"type": "text", "text": ""} if is_text else {**block, "input": {}})
            for piece in pieces(block["text"]) if is_text else [arguments_text(block["input"])]:
                yield told("content_block_delta", index=index, delta={"type": "text_delta", "text": piece} if is_text else {"type": "input_json_delta", "partial_json": piece})
            yield told("content_block_stop", index=index)
        told_usage = {"usage": {"output_tokens": usage["output_tokens"]}} if answer.tell_usage else {}
        yield told("message_delta", delta={"stop_reason": "max_tokens" if answer.cut else "tool_use" if answer.tools else "refusal" if answer.refusal else "end_turn", "stop_sequence": None}, **told_usage)
        yield told("message_stop")


PROTOCOLS = {"chat": Chat, "responses": Responses, "messages": Messages}


def error_body(call, answer):
    if call.protocol == "messages":
        return {"type": "error", "error": {"type": "api_error", "message": answer.error}}
    return {"error": {"message": answer.error, "type": "server_error", "param": None, "code": None}}


class ModelServer:
    """Answers on 127.0.0.1 with what `script(call)` returns, for as long as its block lasts."""

    def __init__(self, script=lambda call: Answer()):
        self.script = script
        self.calls = []
        self.lock = threading.Lock()
        self.open = 0          # connections now
        self.at_work = 0       # calls now
        self.connections = 0   # that there ever were
        self.writers = set()
        self.loop = asyncio.new_event_loop()
        self.url = None

    def __enter__(self):
        self.thread = threading.Thread(target=self._run, daemon=True)
        started = threading.Event()
        self.loop.call_soon(started.set)
        self.server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=4096, limit=1 << 26))
        self.port = self.server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.thread.start()
        started.wait()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.server.close()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0.01))
        self.loop.close()

    def hang_up(self):
        """On everybody, also between two calls."""
        self.loop.call_soon_threadsafe(lambda: [writer.close() for writer in self.writers])

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    async def _serve(self, reader, writer):
        self.open += 1
        self.connections += 1
        self.writers.add(writer)
        try:
            stays_open = True
            while stays_open:
                call = await self._read(reader)
                self.at_work += 1
                try:
                    stays_open = await self._answer(call, self.script(call), writer)
                finally:
                    self.at_work -= 1
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass   # the other end is gone, or the test is over
        finally:
            self.open -= 1
            self.writers.discard(writer)
            writer.close()

    async def _read(self, reader):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (each.split(":", 1) for each in lines if each)}
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        with self.lock:
            call = Call(line.split(" ")[1], headers, body, raw, len(self.calls))
            self.calls.append(call)
        return call

    async def _answer(self, call, answer, writer):
        """Whether another call may follow."""
        if answer.silent:
            await asyncio.sleep(3600)
        await asyncio.sleep(answer.delay)
        if answer.reset:
            writer.transport.abort()
            return False
        kind = PROTOCOLS.get(call.protocol)
        is_stream = answer.raw is None and answer.status == 200 and call.body and call.body.get("stream")
        if is_stream:
            return await self._stream(kind, call, answer, writer)
        if answer.raw is not None:
            body = answer.raw
        elif answer.status != 200:
            body = json.dumps(error_body(call, answer)).encode()
        elif call.path.startswith("/v1/messages/count_tokens"):
            body = json.dumps({"input_tokens": answer.input}).encode()
        else:
            call.counted = answer.counted()
            body = json.dumps(kind.whole(call, answer)).encode()
        length = len(body) if answer.announce is None else answer.announce
        self._head(writer, answer, answer.type, f"Content-Length: {length}")
        writer.write(body)
        await writer.drain()
        call.whole = True
        return answer.stays_open

    @staticmethod
    def _head(writer, answer, content_type, framing):
        more = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
        more += "" if answer.stays_open else "Connection: close\r\n"
        writer.write(f"HTTP/1.1 {answer.status} Scripted\r\nContent-Type: {content_type}\r\n{framing}\r\n{more}\r\n".encode())

    async def _stream(self, kind, call, answer, writer):
        self._head(writer, answer, "text/event-stream", "Transfer-Encoding: chunked")
        await writer.drain()
        call.counted = answer.counted()
        for number, text in enumerate(kind.events(call, answer)):
            if answer.cut_after is not None and number == answer.cut_after:
                writer.transport.abort()
                return False
            if answer.pace:
                await asyncio.sleep(answer.pace)
            data = text.encode()
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        call.whole = True
        return answer.stays_open

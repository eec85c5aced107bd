# SPDX-License-Identifier: Apache-2.0
"""Models in trouble, and agents that mean trouble: a clear error or limit, the provider's key nowhere, and no run that hangs."""
import json
import pathlib
import re
import time

import capid as support
import dns
import gateway
import pytest
from gateway import cost
from models import Answer, ModelServer
from servers import full_backlog

KEY = "sk-provider-0123456789abcdef"
PATHS = ["CHAT", "RESPONSES", "MESSAGES"]
# The agent shows what it got, and gives up where that is an error.
TRY = """
try:
    status, _, body = ask({path}, body_for({path}, stream={stream}))
except Exception as error:
    sys.exit(f"broken: {{error!r}}")
print(status, body.decode(errors="replace"))
print(body.decode(errors="replace")[-2000:], file=sys.stderr)
sys.exit(status != 200 or b'"error"' in body)
"""


def failed(house, path, stream=False):
    before = time.monotonic()
    run = house.run(TRY.format(path=path, stream=stream))
    assert time.monotonic() - before < 30 * support.PATIENCE
    assert (run["status"], run["errorCode"]) == ("failed", "MODEL_ERROR"), run
    (error,) = house.events(run, "error")
    assert error["code"] == "MODEL_ERROR" and run["errorMessage"].startswith(error["message"])
    return run, error["message"]


WHOLE = {
    "garbage": (Answer(raw=b"<html>oops"), "answered with something that is not JSON"),
    "a list": (Answer(raw=b"[]"), "answered with something that is not JSON"),
    "nothing in it": (Answer(raw=b""), "answered with something that is not JSON"),
    "half of it": (Answer(raw=b'{"a": 1', announce=5000), "ended the connection before its answer was whole"),
    "a tenth of what was announced": (Answer(raw=b'{"a": 1}', announce=80), "ended the connection before its answer was whole"),
    "no word": (Answer(reset=True), "ended the connection before its answer was whole"),
    "500": (Answer(status=500, error="down"), "answered 500: down"),
    "a redirect": (Answer(status=302, headers=(("Location", "http://127.0.0.1:1/"),)), "answered 302"),
    "compressed": (Answer(raw=b"{}", headers=(("Content-Encoding", "gzip"),)), "compresses its answer"),
}


LOST = ("garbage", "a list", "nothing in it", "half of it", "a tenth of what was announced", "compressed")   # of which the head was there


@pytest.mark.parametrize("what", WHOLE)
def test_a_server_that_answers_wrongly_is_a_model_error(capid, what):
    answer, message = WHOLE[what]
    with ModelServer(lambda call: answer) as server:
        house = gateway.Gateway(capid, server).start()
        for path in PATHS:
            run, told = failed(house, path)
            assert message in told
            usage = house.events(run, "usage")
            assert len(usage) == (what in LOST) and all(event["estimated"] for event in usage)
            assert (run["usage"]["credits"] > 0) == (what in LOST), "its provider has counted what nobody could read"


def test_ten_times_what_was_announced_is_cut_where_it_was_announced_to_end(capid):
    body = json.dumps({"usage": {"input_tokens": 5, "output_tokens": 6}, "x": "y" * 40}).encode()
    with ModelServer(lambda call: Answer(raw=body * 10, announce=len(body))) as server:
        house = gateway.Gateway(capid, server).start()
        assert house.text("print(ask(RESPONSES, body_for(RESPONSES))[2].decode())") == body.decode() + "\n"


STREAMED = {
    "cut at once": (Answer(cut_after=0), "before its answer was whole"),
    "cut in the middle": (Answer(tokens=20, cut_after=6), "before its answer was whole"),
    "not events": (Answer(raw=b"hello", type="text/event-stream"), "ended within an event"),
    "half an event": (Answer(raw=b'data: {"type":', type="text/event-stream"), "ended within an event"),
    "not JSON": (Answer(raw=b"data: hello\n\n", type="text/event-stream"), "something that is not JSON"),
    "no event": (Answer(raw=b"", type="text/event-stream"), "ended without an answer"),
    "an error": (Answer(raw=b'data: {"type": "error", "error": {"message": "too busy"}}\n\n', type="text/event-stream"), "broke off: too busy"),
}


@pytest.mark.parametrize("what", STREAMED)
def test_a_stream_that_goes_wrong_ends_with_an_error_that_its_client_understands(capid, what):
    answer, message = STREAMED[what]
    with ModelServer(lambda call: answer) as server:
        house = gateway.Gateway(capid, server).start()
        for path in PATHS:
            run, told = failed(house, path, stream=True)
            assert message in told and "MODEL_ERROR" in run["errorMessage"]
            usage = house.events(run, "usage")
            assert len(usage) == (what == "cut in the middle") and all(event["estimated"] for event in usage), "what was seen is paid for"


def test_a_server_that_says_nothing_is_given_up_after_its_timeout(capid):
    with ModelServer(lambda call: Answer(silent=True)) as server:
        house = gateway.Gateway(capid, server, provider="timeout: 700ms").start()
        for path in PATHS:
            assert "did not answer in time" in failed(house, path)[1]


def test_nobody_there_is_a_model_error_after_a_few_tries(capid):
    with ModelServer() as server:
        house = gateway.Gateway(capid, server)
    house.start()
    before = time.monotonic()
    _, told = failed(house, "CHAT")
    assert "accepts no connection at http://127.0.0.1" in told and time.monotonic() - before > 1.4, "half a second, then a whole one"


@pytest.mark.parametrize("status", [429, 529])
def test_a_busy_server_is_asked_again_when_it_says_and_at_last_the_agent_is_told(capid, status):
    with ModelServer(lambda call: Answer(status=status, headers=(("Retry-After", "1"),)) if call.number < 2 else Answer()) as server:
        house = gateway.Gateway(capid, server).start()
        before = time.monotonic()
        run = house.run("print(ask(MESSAGES, body_for(MESSAGES))[0])")
        assert run["result"]["text"] == "200\n" and len(server.calls) == 3 and time.monotonic() - before > 1.9
        assert house.events(run, "error") == [] and run["usage"]["credits"] == cost(server.calls[2].counted)
        server.script = lambda call: Answer(status=status, error="come back", headers=(("Retry-After", "0"), ("X-Other", "x")))
        run = house.run("status, headers, body = ask(MESSAGES, body_for(MESSAGES))\nprint(status, headers['retry-after'], 'x-other' in headers, body.decode())")
        assert run["result"]["text"] == f'{status} 0 False {{"type": "error", "error": {{"type": "api_error", "message": "come back"}}}}\n'
        assert len(server.calls) == 6, "three tries"
        server.script = lambda call: Answer(status=status, headers=(("Retry-After", "3600"),))
        assert house.text("print(ask(CHAT, body_for(CHAT))[0])") == f"{status}\n" and len(server.calls) == 7, "an hour is not waited"


def test_a_wait_for_a_busy_server_ends_with_the_run(capid):
    with ModelServer(lambda call: Answer(status=429, headers=(("Retry-After", "60"),))) as server:
        house = gateway.Gateway(capid, server, manifest="limits: {timeout: 2s}\n").start()
        run = house.run("ask(CHAT, body_for(CHAT))")
        assert run["errorCode"] == "TIMEOUT" and len(server.calls) == 1


@pytest.mark.skipif(not support.IS_ROOT, reason="port 53 needs root")
def test_a_look_up_of_a_provider_ends_with_the_run(capid):
    with dns.name_server(**{"models.test": [dns.SILENT]}) as names, ModelServer() as server:
        house = gateway.Gateway(capid, server)
        capid.config_path.write_text(capid.config_path.read_text().replace("127.0.0.1:" + str(server.port), f"models.test:{server.port}"))
        capid.wrapper = names.wrapper(capid.root)
        house.start()
        run = house.submit("ask(CHAT, body_for(CHAT))")
        support.wait_until(lambda: names.queries, what="the look-up")
        before = time.monotonic()
        assert house.client.request("POST", f"/api/v1/runs/{run}/cancel").status_code == 200
        assert time.monotonic() - before < 5, "and not the ten seconds that a look-up may take"
        assert server.calls == []


@pytest.mark.skipif(not support.IS_ROOT, reason="port 53 needs root")
def test_a_provider_whose_first_address_says_nothing_is_reached_at_its_second(capid):
    with ModelServer() as server, full_backlog("127.0.0.9", server.port), dns.name_server(**{"models.test": [["127.0.0.9", "127.0.0.1"]]}) as names:
        house = gateway.Gateway(capid, server)
        capid.config_path.write_text(capid.config_path.read_text().replace("127.0.0.1:" + str(server.port), f"models.test:{server.port}"))
        capid.wrapper = names.wrapper(capid.root)
        house.start()
        assert house.text("print(ask(CHAT, body_for(CHAT))[0])") == "200\n" and len(server.calls) == 1


@pytest.mark.parametrize("where", ["file", "environment"])
def test_the_providers_key_reaches_the_provider_and_nobody_else(capid, where):
    key_file = capid.root / "key"
    if where == "file":
        key_file.write_text(f"{KEY}\n")
        key_file.chmod(0o644)
    else:
        capid.environment["PROVIDER_KEY"] = KEY
    place = f"api_key_file: {key_file}" if where == "file" else "api_key_env: PROVIDER_KEY"
    with ModelServer() as server:
        house = gateway.Gateway(capid, server, provider=place).start()
        text = house.text("""
for path in (CHAT, RESPONSES, MESSAGES):
    status, headers, body = ask(path, body_for(path), x_api_key="mine", openai_organization="org", cookie="a=b", accept_encoding="gzip")
    print(status, headers, body)
print(dict(os.environ), open("/proc/1/environ", "rb").read() if os.access("/proc/1/environ", os.R_OK) else "", open("/proc/self/maps").read())
import subprocess
print(subprocess.run("grep -rsa sk-provider / --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr --exclude-dir=in --exclude-dir=app", shell=True, capture_output=True).stdout)
""")
        assert KEY not in text and text.endswith("b''\n")
        for call in server.calls:
            sent = {name: call.headers.get(name) for name in ("authorization", "x-api-key", "openai-organization", "cookie", "accept-encoding")}
            is_messages = call.path == "/v1/messages"
            assert sent == {"authorization": None if is_messages else f"Bearer {KEY}", "x-api-key": KEY if is_messages else None,
                            "openai-organization": None, "cookie": None, "accept-encoding": "identity"}
        log = capid.log_path.read_text()
        assert KEY not in log


def test_a_provider_that_wants_a_bearer_gets_one_and_a_new_key_works_at_once(capid):
    key_file = capid.root / "key"
    key_file.write_text("one")
    key_file.chmod(0o644)
    with ModelServer() as server:
        house = gateway.Gateway(capid, server, provider=f"auth: bearer, api_key_file: {key_file}").start()
        for key in ("one", "two"):
            key_file.write_text(key)
            house.text("ask(MESSAGES, body_for(MESSAGES))")
        assert [call.headers.get("authorization") for call in server.calls] == ["Bearer one", "Bearer two"]
        assert all("x-api-key" not in call.headers for call in server.calls)
        for content, why in (("", "is empty"), ("a b", "holds a space"), (None, "cannot be read")):
            key_file.unlink() if content is None else key_file.write_text(content)
            assert why in failed(house, "CHAT")[1]
        assert len(server.calls) == 2


def test_a_refused_credential_is_the_operators_matter_and_its_text_is_not_shown(capid):
    with ModelServer(lambda call: Answer(status=401, error=f"Incorrect API key provided: {KEY[:12]}***")) as server:
        house = gateway.Gateway(capid, server).start()
        run, told = failed(house, "CHAT")
        assert "refused capid's credential (401)" in told and KEY[:12] not in json.dumps(run)


def test_a_prompt_of_a_hundred_megabytes_is_refused_and_costs_the_server_nothing(capid):
    with ModelServer() as server:
        house = gateway.Gateway(capid, server, manifest="limits: {memory: 2GiB}\n").start()
        text = house.text("""
def send(size, chunked=False):
    connection = socket.create_connection(PLACE.split(":"))
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % size
    sent = 0
    try:
        connection.sendall(b"POST %s HTTP/1.1\\r\\nHost: x\\r\\n%s\\r\\n\\r\\n" % (CHAT.encode(), framing))
        piece = b"x" * (1 << 20)
        while sent < size:
            connection.sendall((b"%x\\r\\n%s\\r\\n" % (len(piece), piece)) if chunked else piece)
            sent += len(piece)
    except OSError:
        pass
    try:
        print(connection.recv(4096).decode().split()[1])
    except OSError:
        print("reset")
send(100 << 20)
send(100 << 20, chunked=True)
status, _, body = ask(MESSAGES, body_for(MESSAGES, "x" * (33 << 20)))
print(status, json.loads(body)["error"]["type"])
""")
        lines = text.splitlines()
        assert all(line in ("413", "reset") for line in lines[:2]) and lines[2] == "413 request_too_large", lines
        assert server.calls == []
        if support.IS_ROOT and not support.SANITIZED:
            most = int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{capid.server_pid()}/status").read_text())[1])
            assert most < 160 << 10, "one request at most was held"


def test_a_thousand_connections_cost_the_agent_its_own_patience_and_nobody_elses(capid):
    with ModelServer() as server:
        house = gateway.Gateway(capid, server, manifest="limits: {pids: 64}\n").start()
        greedy = house.submit("""
held = []
for _ in range(1000):
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex(("127.0.0.1", int(PLACE.split(":")[1])))
    held.append(connection)
open("/out/held", "w").write(str(len(held)))
time.sleep(60)
""")
        time.sleep(1)
        assert house.text("print(ask(CHAT, body_for(CHAT))[0])") == "200\n"
        descriptors = len(list(pathlib.Path(f"/proc/{capid.server_pid()}/fd").iterdir())) if support.IS_ROOT else 0
        assert descriptors < 300
        assert house.client.request("POST", f"/api/v1/runs/{greedy}/cancel").status_code == 200


def test_runs_cannot_use_each_others_gateway(capid):
    """Act 43: the same port leads each to its own, and the other's token is nothing."""
    with ModelServer(lambda call: Answer(tokens=call.number + 1)) as server:
        house = gateway.Gateway(capid, server).start()
        other = house.submit("ask(CHAT, body_for(CHAT))\ntime.sleep(3)")
        support.wait_until(lambda: len(server.calls) == 1, what="the other's call")
        run = house.run(f"for _ in range(3): ask(CHAT, body_for(CHAT), Authorization='Bearer capid-{other}')")
        other = house.client.wait(other)
        assert run["usage"]["outputTokens"] == 2 + 3 + 4 and other["usage"]["outputTokens"] == 1

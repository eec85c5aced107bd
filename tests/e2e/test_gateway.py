# SPDX-License-Identifier: Apache-2.0
"""Models: what an agent asks its gateway is passed on, answered byte by byte, metered and paid for."""
import json
import threading
import time

import capid as support
import gateway
import models
import pytest
from gateway import cost
from models import Answer, ModelServer

PATHS = ["CHAT", "RESPONSES", "MESSAGES"]


def counted_by(server):
    return [call.counted for call in server.calls if call.counted]


def charged(run):
    return run["usage"]["credits"]


def test_agents_are_told_of_the_gateway_where_there_are_models_and_only_there(capid):
    script = "print(*sorted(f'{name}={value}' for name, value in os.environ.items() if name.startswith(('OPENAI_', 'ANTHROPIC_', 'CAPI_MODEL'))), sep='\\n')"
    with ModelServer() as server:
        house = gateway.Gateway(capid, server, models=("big", "small")).start()
        run = house.run(script, chatModelId="small")
        token = "capid-" + run["id"]
        assert run["result"]["text"].splitlines() == [f"ANTHROPIC_AUTH_TOKEN={token}", "ANTHROPIC_BASE_URL=http://127.0.0.1:61001", "CAPI_MODEL=small",
                                                      f"OPENAI_API_KEY={token}", "OPENAI_BASE_URL=http://127.0.0.1:61001/v1"]


def test_without_models_there_is_no_gateway(capid):
    capid.shell_app("plain", "env | grep -c -e OPENAI -e ANTHROPIC -e CAPI_MODEL; tail -n +2 /proc/net/tcp | wc -l")
    assert capid.start().client().text("plain") == "0\n0\n"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("streamed", [False, True])
def test_a_call_is_passed_on_with_the_runs_model_and_its_answer_is_as_it_came(capid, path, streamed):
    answer = Answer(tokens=7, input=1234, cached=234)
    with ModelServer(lambda call: answer) as server:
        house = gateway.Gateway(capid, server).start()
        run = house.run(f"print(json.dumps([{path}, *[part if not isinstance(part, bytes) else part.decode() for part in ask({path}, body_for({path}, stream={streamed}, extra=[1, 2.50, 'ä']))]]))")
        where, status, headers, body = json.loads(run["result"]["text"])
        call = server.calls[0]
        assert (status, call.path, call.body["model"], call.body["extra"]) == (200, where, "up-big", [1, 2.5, "ä"])
        kind = models.PROTOCOLS[call.protocol]
        if streamed:
            call.body.pop("stream_options", None)   # where capid asked for the usage, the agent is not told of it
            assert body == "".join(kind.events(call, answer)) and headers["content-type"] == "text/event-stream"
        else:
            assert json.loads(body) == kind.whole(call, answer)
        assert run["usage"]["inputTokens"] == 1234 and run["usage"]["outputTokens"] == 7
        assert charged(run) == cost(call.counted) == cost({"input": 1234, "cached": 234, "output": 7})
        usage = {"model": "big", "inputTokens": 1234, "cachedTokens": 234, "outputTokens": 7, "credits": charged(run)}
        assert house.events(run, "usage") == [usage]


def test_the_model_is_the_runs_else_the_apps_else_the_default(capid):
    with ModelServer() as server:
        house = gateway.Gateway(capid, server, models=("big", "small", "tiny"))
        house.app("own", model="small")
        house.app("wrong", model="smal")
        house.start()
        for app, body in (("agent", {}), ("own", {}), ("own", {"chatModelId": "tiny"}), ("agent", {"chatModelId": "small"})):
            house.run("ask(CHAT, {'model': 'any', 'MODEL': 'other', 'messages': []})", app, **body)
        assert [(call.body["model"], call.body["MODEL"]) for call in server.calls] == [(f"up-{model}",) * 2 for model in ("big", "small", "tiny", "small")]
        refused = house.client.request("POST", "/api/v1/apps/wrong/runs", json={"inputs": {"script": ""}})
        assert refused.status_code == 400 and refused.json()["error"]["code"] == "UNKNOWN_MODEL" and "smal" in refused.json()["error"]["message"]
        usage = house.client.request("GET", "/api/v1/usage").json()["byModel"]
        assert {entry["chatModelId"]: entry["runs"] for entry in usage} == {"big": 1, "small": 2, "tiny": 1}
        assert sum(entry["inputTokens"] for entry in usage) == 40 and all(entry["credits"] > 0 for entry in usage)


def test_what_is_no_call_is_answered_or_refused_in_the_protocols_own_words(capid):
    with ModelServer(lambda call: Answer(input=77)) as server:
        house = gateway.Gateway(capid, server).start()
        run = house.run("""
show = lambda got: print(got[0], got[2].decode())
show(ask("/v1/models"))
show(ask("/v1/models", anthropic_version="2023-06-01"))
show(ask("/v1/messages/count_tokens?beta=true", body_for(MESSAGES), anthropic_beta="some", anthropic_version="2023-06-01"))
show(ask("/v1/embeddings", {}))
show(ask("/v1/messages/batches", {}, anthropic_version="2023-06-01"))
show(ask(CHAT))
show(ask(CHAT, b"[1]"))
show(ask(CHAT, b'{"model": 1,}'))
show(ask(RESPONSES, body_for(RESPONSES, background=True)))
show(ask("/v1/messages/count_tokens?model=other&beta=true", body_for(MESSAGES)))
""")
        lines = [(int(line[:3]), json.loads(line[4:])) for line in run["result"]["text"].splitlines()]
        assert lines[0] == (200, {"object": "list", "data": [{"id": "big", "object": "model", "created": 0, "owned_by": "capid"}]})
        assert lines[1][1]["data"][0] == {"type": "model", "id": "big", "display_name": "big", "created_at": "1970-01-01T00:00:00Z"}
        assert lines[2] == (200, {"input_tokens": 77})
        counting = server.calls[0]
        assert counting.path == "/v1/messages/count_tokens?beta=true" and counting.body["model"] == "up-big"
        assert (counting.headers["anthropic-beta"], counting.headers["anthropic-version"]) == ("some", "2023-06-01")
        assert [(status, body["error"]["code"]) for status, body in (lines[3], *lines[5:9])] == [
            (404, "ROUTE_NOT_FOUND"), (405, "METHOD_NOT_ALLOWED"), (400, "INVALID_JSON"), (400, "INVALID_JSON"), (400, "INVALID_PARAMETER")]
        assert lines[4][0] == 404 and lines[4][1]["type"] == "error" and lines[4][1]["error"]["type"] == "not_found_error"
        assert server.calls[1].path == "/v1/messages/count_tokens", "a query may name another model"
        assert len(server.calls) == 2 and charged(run) == 0 and house.events(run, "usage") == [], "counting is free"


def test_a_client_that_asks_for_the_usage_of_a_stream_gets_it(capid):
    with ModelServer() as server:
        house = gateway.Gateway(capid, server).start()
        run = house.run("print(ask(CHAT, body_for(CHAT, stream=True, stream_options={'include_usage': True, 'other': 1}))[2].decode())")
        assert '"choices": [], "usage"' in run["result"]["text"]
        assert server.calls[0].body["stream_options"] == {"include_usage": True, "other": 1}
        house.run("ask(CHAT, body_for(CHAT, stream=True, stream_options={'include_usage': False, 'other': 1}))")
        assert server.calls[1].body["stream_options"] == {"include_usage": True, "other": 1}


def test_one_connection_carries_many_calls_and_the_run_pays_for_all(capid):
    with ModelServer(lambda call: Answer(tokens=call.number + 1, input=100)) as server:
        house = gateway.Gateway(capid, server).start()
        run = house.run("""
connection = http.client.HTTPConnection(PLACE)
for number in range(20):
    connection.request("POST", CHAT, json.dumps(body_for(CHAT, stream=number % 2 == 0)), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 200 and answer.read()
    first = first if number else connection.sock
    assert connection.sock is first
""")
        assert run["status"] == "completed", run["errorMessage"]
        assert charged(run) == pytest.approx(sum(cost(counted) for counted in counted_by(server)), abs=1e-9)
        assert run["usage"]["outputTokens"] == sum(range(1, 21)) and len(house.events(run, "usage")) == 20


HANG_UP = """
connection = socket.create_connection(PLACE.split(":"))
body = json.dumps(body_for({path}, stream=True)).encode()
connection.sendall(b"POST %s HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n" % ({path}.encode(), len(body)) + body)
assert connection.recv(100).startswith(b"HTTP/1.1 200")
connection.close()
{then}
"""


@pytest.mark.parametrize("path", PATHS)
def test_an_agent_that_hangs_up_in_the_middle_pays_for_the_whole(capid, path):
    with ModelServer(lambda call: Answer(tokens=20, input=5000, pace=0.02)) as server:
        house = gateway.Gateway(capid, server).start()
        for then in ("time.sleep(1.5)", ""):   # the run goes on, or is over at once
            before = len(server.calls)
            run = house.run(HANG_UP.format(path=path, then=then))
            assert run["status"] == "completed", run["errorMessage"]
            assert charged(run) == cost({"input": 5000, "cached": 0, "output": 20}) and len(server.calls) == before + 1
            assert "estimated" not in house.events(run, "usage")[0]


@pytest.mark.parametrize("path", PATHS)
def test_a_call_that_a_cancel_cuts_off_is_paid_for_by_what_was_seen_of_it(capid, path):
    with ModelServer(lambda call: Answer(tokens=2000, input=6000, pace=0.05)) as server:
        house = gateway.Gateway(capid, server).start()
        run = house.submit(f"ask({path}, body_for({path}, stream=True))")
        support.wait_until(lambda: server.calls and server.calls[0].counted, what="the call")
        time.sleep(0.5)
        before = time.monotonic()
        assert house.client.request("POST", f"/api/v1/runs/{run}/cancel").status_code == 200
        took = time.monotonic() - before
        run = house.client.get(run)
        assert run["status"] == "cancelled" and took < 10 * support.PATIENCE
        (usage,) = house.events(run, "usage")
        assert usage["estimated"] and 5 < usage["outputTokens"] < 200 and usage["credits"] == charged(run) > 0
        assert usage["inputTokens"] == 6000 or path != "MESSAGES", "Messages tells at once what was asked"
        support.wait_until(lambda: server.open == 0, what="the end of the call at the model's server")


def test_a_server_that_tells_of_no_usage_is_paid_by_a_guess(capid):
    with ModelServer(lambda call: Answer(tokens=50, tell_usage=False)) as server:
        house = gateway.Gateway(capid, server).start()
        for path in PATHS:
            for streamed in (True, False):
                run = house.run(f"ask({path}, body_for({path}, 'x' * 4000, stream={streamed}))")
                (usage,) = house.events(run, "usage")
                assert usage["estimated"] and 1000 <= usage["inputTokens"] < 1100 and 50 <= usage["outputTokens"] < 250


def test_processor_time_is_paid_for_at_the_end(capid):
    with ModelServer() as server:
        house = gateway.Gateway(capid, server, credits="per_cpu_second: 2.5").start()
        run = house.run("end = time.process_time() + 0.3\nwhile time.process_time() < end: pass\nask(CHAT, body_for(CHAT))")
        cpu_ms = round(run["usage"]["cpuSeconds"] * 1000)
        assert cpu_ms >= 300 and charged(run) == pytest.approx(cpu_ms * 2500 / 1e6 + cost(server.calls[0].counted), abs=1e-9)


@pytest.mark.parametrize("path", PATHS)
def test_a_run_over_its_budget_gets_402_and_has_failed_whatever_its_exit_code(capid, path):
    answer = Answer(tokens=100, input=1000)
    with ModelServer(lambda call: answer) as server:
        house = gateway.Gateway(capid, server).start()
        each = cost(answer.counted())
        run = house.run(f"print([ask({path}, body_for({path}))[0] for _ in range(4)])", maxCredits=1.5 * each)
        assert (run["status"], run["errorCode"], run["result"]) == ("failed", "BUDGET_EXCEEDED", None)
        assert len(server.calls) == 2 and charged(run) == pytest.approx(2 * each)
        assert "maxCredits" in run["errorMessage"]
        run = house.run(f"ask({path}, body_for({path}))", maxCredits=each)
        assert run["status"] == "completed", "what is left counts when a call is asked for"


def test_an_account_without_credits_calls_no_model_where_balances_are_enforced(capid):
    with ModelServer(lambda call: Answer(tokens=100, input=1000)) as server:
        house = gateway.Gateway(capid, server, credits="enforce: true, starting_balance: 7").start()
        run = house.run("got = ask(MESSAGES, body_for(MESSAGES)), ask(MESSAGES, body_for(MESSAGES)), ask(MESSAGES, body_for(MESSAGES))\nprint(got, file=sys.stderr)")
        assert run["errorCode"] == "INSUFFICIENT_CREDITS" and len(server.calls) == 2 and charged(run) == 9
        assert house.client.request("GET", "/api/v1/usage").json()["balance"] == -2, "a call that was let in is charged in full"
        logged = "".join(data["text"] for data in house.events(run, "log"))
        assert "402" in logged and "billing_error" in logged and "INSUFFICIENT_CREDITS" in logged


def test_a_model_that_costs_nothing_is_never_refused(capid):
    with ModelServer() as server:
        house = gateway.Gateway(capid, server, price={"input": 0, "output": 0, "cached": 0}, credits="enforce: true").start()
        assert house.text("print(ask(CHAT, body_for(CHAT))[0])", maxCredits=0) == "200\n"


def test_calls_beyond_a_providers_concurrency_wait_for_their_turn(capid):
    most = 0
    with ModelServer(lambda call: Answer(tokens=4, pace=0.05)) as server:
        house = gateway.Gateway(capid, server, provider="concurrency: 3").start()   # of which no run has more than three
        stop = threading.Event()

        def watch():
            nonlocal most
            while not stop.wait(0.005):
                most = max(most, server.at_work)
        watcher = threading.Thread(target=watch)
        watcher.start()
        text = house.text("""
import concurrent.futures
with concurrent.futures.ThreadPoolExecutor(12) as pool:
    print(list(pool.map(lambda _: ask(CHAT, body_for(CHAT, stream=True))[0], range(12))))
""")
        stop.set()
        watcher.join()
        assert text == f"{[200] * 12}\n" and most == 3


def test_no_run_takes_all_of_a_provider(capid):
    with ModelServer(lambda call: Answer(delay=60 if call.body["user"] == "greedy" else 0)) as server:
        house = gateway.Gateway(capid, server, provider="concurrency: 4").start()
        greedy = house.submit("""
import threading
for _ in range(20): threading.Thread(target=ask, args=(CHAT, body_for(CHAT, user="greedy")), daemon=True).start()
time.sleep(50)
""")
        support.wait_until(lambda: server.at_work == 3, what="the greedy run's calls")
        assert house.text("print(ask(CHAT, body_for(CHAT, user='modest'))[0])") == "200\n"
        assert server.at_work == 3, "three of four"
        assert house.client.request("POST", f"/api/v1/runs/{greedy}/cancel").status_code == 200


def test_connections_to_a_provider_are_used_again_while_they_are_good(capid):
    def script(call):
        return Answer(closes=call.body.get("user") == "closes")
    with ModelServer(script) as server:
        house = gateway.Gateway(capid, server).start()
        calls = "for path in (CHAT, MESSAGES, RESPONSES) * 3:\n  for stream in (True, False): print(ask(path, body_for(path, stream=stream, user=%r))[0])"
        assert house.text(calls % "stays") == "200\n" * 18 and server.connections == 1
        assert house.text(calls % "stays") == "200\n" * 18 and server.connections == 1, "another run's as well"
        assert house.text(calls % "closes") == "200\n" * 18 and server.connections == 18, "where the server keeps none"
        server.script = lambda call: Answer(raw=b'{"usage": {}}HTTP/1.1 200 OK\r\n\r\n', announce=13, closes=False)
        assert house.text("print(ask(CHAT, body_for(CHAT))[0])") == "200\n"
        server.script = lambda call: Answer()
        before = server.connections
        assert house.text("print(ask(CHAT, body_for(CHAT))[0])") == "200\n" and server.connections == before + 1, "what came beyond an answer's end is nobody's answer"


def test_a_connection_that_its_server_has_closed_is_not_used(capid):
    with ModelServer() as server:
        house = gateway.Gateway(capid, server).start()
        assert house.text("print(ask(CHAT, body_for(CHAT))[0])") == "200\n"
        server.hang_up()
        support.wait_until(lambda: server.open == 0, what="the server's end")
        assert house.text("print(ask(CHAT, body_for(CHAT))[0])") == "200\n" and server.connections == 2

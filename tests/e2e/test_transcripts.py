# SPDX-License-Identifier: Apache-2.0
"""Threads: the steps that agents tell of, by descriptor 3 and by their transcripts, in the order in which they came."""
import json
import time

import capid as support
import gateway
from models import Answer, ModelServer


def lines(*events):
    return "".join(json.dumps(event) + "\n" for event in events)


def events(client, run, *without):
    answer = client.request("GET", f"/api/v1/runs/{run['id']}/events?limit=1000", headers={"Accept": "application/json"}).json()
    return [(event["type"], event["data"]) for event in answer["events"] if event["type"] not in ("status", *without)]


def app(capid, name, transcript, says, end="exit 0"):
    capid.app(name, f"agent: {{command: [sh, /app/run.sh], transcript: {transcript}}}\n", run__sh=f"cat /app/says; {end}", says=says)


def test_descriptor_3_tells_steps_whatever_stdout_is(capid):
    capid.shell_app("plain", """
echo '{"type": "message", "text": "first"}' >&3
echo 'to the log' >&2; sleep 0.4
echo '{"type": "tool_call", "id": "1", "name": "x", "input": {"a": [1]}}' >&$CAPI_EVENTS_FD
echo picture > /out/p.txt
echo '{"type": "artifact", "path": "p.txt", "title": "The picture"}' >&3
echo '{"type": "usage", "credits": -1}' >&3
echo the result
printf '{"type": "tool_result", "id": "1", "output": "no end of line"}' >&3
""")
    client = capid.start().client()
    run = client.run("plain")
    assert run["result"]["text"] == "the result\n"
    assert [(artifact["title"], artifact["filename"]) for artifact in run["result"]["artifacts"]] == [("The picture", "p.txt")]
    got = events(client, run, "artifact")
    assert got[:2] == [("message", {"text": "first"}), ("log", {"stream": "stderr", "text": "to the log\n"})]
    assert got[2] == ("tool_call", {"id": "1", "name": "x", "input": {"a": [1]}})
    assert got[3][0] == "log" and "no known type" in got[3][1]["text"]
    assert got[4:] == [("tool_result", {"id": "1", "output": "no end of line", "isError": False})]


def test_events_on_stdout_name_the_result(capid):
    app(capid, "events", "events", lines({"type": "message", "text": "ä"}, {"type": "result", "text": "the result"}) + "stray words\n")
    app(capid, "none", "events", lines({"type": "message", "text": "x"}))
    app(capid, "large", "events", lines({"type": "result", "text": "x" * 900_000}, {"type": "message", "text": "y" * 200_000}))
    app(capid, "three", "events", "", "echo '{\"type\": \"result\", \"text\": \"by descriptor 3\"}' >&3")
    client = capid.start().client()
    run = client.run("events")
    assert run["result"]["text"] == "the result"
    assert events(client, run) == [("message", {"text": "ä"}), ("log", {"stream": "transcript", "text": "stray words\n"})]
    assert client.run("none")["result"]["text"] == "" and client.run("three")["result"]["text"] == "by descriptor 3"
    run = client.run("large")
    assert len(run["result"]["text"]) == 900_000 and len(events(client, run)[0][1]["text"]) < 70_000


def test_either_stream_may_say_that_there_is_no_result(capid):
    app(capid, "failure", "events", "", "echo '{\"type\": \"failure\", \"code\": \"MODEL_ERROR\", \"message\": \"no answer\"}' >&3")
    app(capid, "flood", "events", "", "yes '{\"type\": \"log\", \"text\": \"x\"}' | head -n 200000 >&3; echo '{\"type\": \"result\", \"text\": \"lost\"}' >&3")
    client = capid.start().client()
    run = client.run("failure")
    assert (run["status"], run["errorCode"], run["errorMessage"]) == ("failed", "MODEL_ERROR", "no answer")
    run = client.run("flood")
    assert (run["status"], run["errorCode"]) == ("failed", "OUTPUT_TOO_LARGE") and "descriptor 3" in run["errorMessage"]


CLAUDE = [{"type": "system", "subtype": "init", "session_id": "s", "tools": [], "model": "m"},
          {"type": "assistant", "message": {"id": "1", "content": [{"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": "ls"}}]}},
          {"type": "user", "message": {"content": [{"type": "tool_result", "tool_use_id": "t", "content": "a.txt", "is_error": False}]}},
          {"type": "assistant", "message": {"id": "2", "content": [{"type": "text", "text": "done"}]}}]


def test_the_transcripts_of_claude_code_and_codex(capid):
    app(capid, "claude", "claude", lines(*CLAUDE, {"type": "result", "subtype": "success", "is_error": False, "result": "the answer"}))
    app(capid, "turns", "claude", lines(*CLAUDE, {"type": "result", "subtype": "error_max_turns", "is_error": True}), "exit 1")
    app(capid, "error", "claude", lines({"type": "result", "subtype": "success", "is_error": True, "result": "API Error"}))
    app(capid, "codex", "codex", lines({"type": "item.started", "item": {"id": "i", "type": "command_execution", "command": "ls"}},
                                       {"type": "item.completed", "item": {"id": "i", "type": "command_execution", "aggregated_output": "a.txt", "exit_code": 0}},
                                       {"type": "item.completed", "item": {"id": "j", "type": "agent_message", "text": "the answer"}}))
    client = capid.start().client()
    run = client.run("claude")
    call = [("tool_call", {"id": "t", "name": "Bash", "input": {"command": "ls"}}), ("tool_result", {"id": "t", "output": "a.txt", "isError": False})]
    assert run["result"]["text"] == "the answer" and events(client, run) == [*call, ("message", {"text": "done"})]
    run = client.run("turns")
    assert (run["errorCode"], run["errorMessage"]) == ("MAX_TURNS", "Claude Code failed: error_max_turns")
    run = client.run("error")
    assert (run["errorCode"], run["errorMessage"]) == ("AGENT_EXIT_NONZERO", "Claude Code failed: API Error")
    run = client.run("codex")
    assert run["result"]["text"] == "the answer"
    assert events(client, run) == [("tool_call", {"id": "i", "name": "command", "input": {"command": "ls"}}), ("tool_result", {"id": "i", "output": "a.txt", "isError": False}), ("message", {"text": "the answer"})]


def test_a_calls_usage_stands_where_it_took_place(capid):
    with ModelServer() as server:
        house = gateway.Gateway(capid, server).start()
        run = house.run("""
def step(text): os.write(3, (json.dumps({"type": "message", "text": text}) + "\\n").encode())
for number in range(5):
    step(f"before {number}"); time.sleep(0.02)
    ask(CHAT, body_for(CHAT, stream=True)); step(f"after {number}"); time.sleep(0.02)
""")
        told = [data.get("text", type) for type, data in events(house.client, run)]
        assert told == [word for number in range(5) for word in (f"before {number}", "usage", f"after {number}")]


def test_a_flood_of_steps_is_bounded_and_said_to_be(capid):
    capid.app("flood", "agent: {command: [python3, /app/flood.py], transcript: events}\n", flood__py="""
import os
os.write(1, b'{"type": "result", "text": "all said"}\\n')
line = b'{"type": "message", "text": "%s"}\\n' % (b"x" * 50)
for _ in range(200): os.write(1, line * 100)
for _ in range(60): os.write(3, b"y" * 100000)
""")
    client = capid.start().client()
    run = client.run("flood")
    assert run["status"] == "completed" and run["result"]["text"] == "all said", run["errorMessage"]
    count, after, last = 0, 0, None
    while after is not None:
        page = client.request("GET", f"/api/v1/runs/{run['id']}/events?limit=1000&after={after}", headers={"Accept": "application/json"}).json()
        count += len(page["events"])
        last = [event for event in page["events"] if event["data"].get("leftOut")] or last
        after = page["nextAfter"]
    assert 9_990 < count < 10_100 and last[0]["data"]["leftOut"] >= 10_000


def test_what_is_told_is_live(capid):
    capid.shell_app("slow", "echo '{\"type\": \"message\", \"text\": \"now\"}' >&3; sleep 20")
    client = capid.start().client()
    run = client.submit("slow")
    support.wait_until(lambda: events(client, {"id": run}) == [("message", {"text": "now"})], 10, "the message")
    before = time.monotonic()
    assert client.request("POST", f"/api/v1/runs/{run}/cancel").status_code == 200 and time.monotonic() - before < 5 * support.PATIENCE

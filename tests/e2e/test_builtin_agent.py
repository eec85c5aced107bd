# SPDX-License-Identifier: Apache-2.0
"""The built-in agent against a scripted model: whatever happens, the thread tells it and the error code is the contract's."""
import json
import shutil
import time

import capid as support
import pytest
from models import Answer, ModelServer
from prompts import PROTOCOLS, House, calls, failed, last_question, script


@pytest.fixture(params=PROTOCOLS)
def house(capid, request):
    with ModelServer() as server:
        yield House(capid, server, provider=f"protocol: {request.param}")


def test_a_text_is_the_result_and_the_prompt_is_filled_in(house):
    house.prompt_app()
    house.server.script = script(Answer(text="An answer."))
    house.start()
    run = house.ask(inputs={"topic": "<b> & {{x}}", "detailed": True}, files=[("data", ("a b.csv", b"1,2\n"))])
    assert (run["status"], run["result"]["text"]) == ("completed", "An answer."), run
    prompt = "Tell of <b> & {{x}}. In detail. See /in/files/a b.csv (text/csv, 4)."
    assert house.story(run) == [("prompt", prompt), ("message", "An answer.")]
    assert prompt in json.dumps(house.server.calls[0].body, ensure_ascii=False) and "/out" in json.dumps(house.server.calls[0].body)
    assert run["usage"]["outputTokens"] == house.server.calls[0].counted["output"]


def test_a_chain_of_twenty_calls(house):
    house.prompt_app()
    house.server.script = lambda call: calls(("bash", {"command": f"echo {call.number} >>count; wc -l <count"})) if call.number < 20 else Answer(text=f"{last_question(call).strip()} lines")
    house.start()
    run = house.ask()
    assert (run["status"], run["result"]["text"]) == ("completed", "20 lines"), run
    story = house.story(run)
    assert story[1:41] == [step for i in range(20) for step in (("call", "bash", {"command": f"echo {i} >>count; wc -l <count"}), ("result", f"{i + 1}\n", False))]
    assert len(house.server.calls) == 21


def test_two_tools_at_once_and_their_results_in_the_order_of_the_calls(house):
    house.prompt_app(more="limits: {pids: 64}")
    house.server.script = script(calls(("bash", {"command": "touch a; until [ -e b ]; do sleep 0.01; done; echo one"}), ("bash", {"command": "touch b; until [ -e a ]; do sleep 0.01; done; echo two"})), Answer(text="both"))
    house.start()
    run = house.ask()
    assert run["result"]["text"] == "both"
    story = house.story(run)
    assert [step[0] for step in story] == ["prompt", "call", "call", "result", "result", "message"]
    assert sorted(step[1] for step in story[3:5]) == ["one\n", "two\n"]
    told = json.dumps(house.server.calls[1].body)
    assert told.index("one\\\\n" if "one\\\\n" in told else "one\\n") < told.rindex("two\\n"), "in the order of the calls"


def test_what_goes_wrong_with_a_tool_is_for_the_model_to_read(house):
    house.prompt_app()
    wrong = [("bash", {"command": "echo said; exit 3"}), ("bash", {"command": "kill -9 $$"}), ("bash", {"command": "sleep 60", "timeout_seconds": 1}), ("bash", {}),
             ("bash", {"command": 7}), ("read_file", {"path": "nowhere"}), ("no_such_tool", {}), ("edit_file", {"path": "x", "old_text": "", "new_text": ""}), ("read_fil", {"path": "x"})]
    house.server.script = script(*(calls(each) for each in wrong), Answer(text="enough"))
    house.start()
    run = house.ask()
    assert run["result"]["text"] == "enough"
    results = [step for step in house.story(run) if step[0] == "result"]
    assert all(is_error for _, _, is_error in results) and len(results) == len(wrong)
    for (_, text, _), words in zip(results, ["said\n(exit code 3)", "(killed by signal 9)", "(ended: it took longer than 1 s", "command is missing", "command must be a string", "nowhere", "there is no tool \"no_such_tool\"", "x", "did you mean \"read_file\"?"]):
        assert words in text, (words, text)


def test_malformed_arguments_are_refused_and_the_model_may_try_again(house):
    house.prompt_app()
    house.server.script = script(Answer(tools=(("call_0", "bash", '{"command": "echo'),)), calls(("bash", {"command": "echo good"})), Answer(text="done"))
    house.start()
    run = house.ask()
    assert run["result"]["text"] == "done"
    (_, call, result, *rest) = house.story(run)
    assert call == ("call", "bash", '{"command": "echo') and result[2] and "no JSON object" in result[1]
    assert rest[1] == ("result", "good\n", False)


def test_a_refusal_is_a_failure_in_the_models_own_words(house):
    house.prompt_app()
    house.server.script = script(Answer(refusal="I will not."))
    house.start()
    run = house.ask()
    failed(run, "MODEL_ERROR", "the model refused")
    if "I will not." not in run["errorMessage"]:
        assert house.client.get(run["id"]) and "messages" in house.capid.config_path.read_text(), "Messages gives no words"
    assert run["usage"]["outputTokens"] > 0, "and is paid for"


def test_as_many_turns_as_the_app_allows_and_no_more(house):
    house.prompt_app(agent="max_turns: 3")
    house.server.script = script(calls(("bash", {"command": "echo again"})))
    house.start()
    run = house.ask()
    failed(run, "MAX_TURNS", "after 3 turns")
    assert len(house.server.calls) == 3 and [step[0] for step in house.story(run)][1:] == ["call", "result"] * 3


SCHEMA = "output_schema: {type: object, required: [total], properties: {total: {type: integer}}, additionalProperties: false}"


def test_a_result_that_does_not_satisfy_the_schema_is_repaired_once(house):
    house.prompt_app(more=SCHEMA)
    house.server.script = script(Answer(text='{"total": "many"}'), Answer(text='```json\n{"total": 3}\n```'))
    house.start()
    run = house.ask()
    assert (run["status"], run["result"]["text"].strip()) == ("completed", '{"total": 3}'), run
    assert "does not satisfy the schema" in last_question(house.server.calls[1]) and "total" in last_question(house.server.calls[1])
    house.server.calls.clear()
    house.server.script = script(Answer(text="no JSON"), Answer(text='{"total": 3, "more": 1}'))
    run = house.ask()
    failed(run, "OUTPUT_SCHEMA_MISMATCH", "output_schema")
    assert len(house.server.calls) == 2
    house.server.calls.clear()
    house.server.script = script(Answer(text=' {"total": 4} '))
    assert json.loads(house.ask()["result"]["text"]) == {"total": 4} and len(house.server.calls) == 1


def test_an_empty_answer_is_asked_for_once_more(house):
    house.prompt_app()
    house.server.script = script(Answer(text=" \n"), Answer(text="done"))
    house.start()
    assert house.ask()["result"]["text"] == "done" and "is empty" in last_question(house.server.calls[1])
    house.server.calls.clear()
    house.server.script = script(Answer(text=" "))
    assert house.ask()["status"] == "completed" and len(house.server.calls) == 2


def test_an_answer_that_was_cut_off_goes_on(house):
    house.prompt_app()
    house.server.script = script(Answer(tools=(("call_0", "write_file", '{"path": "x", "content": "half of'),), cut=True), Answer(text="in pieces"))
    house.start()
    run = house.ask()
    assert run["result"]["text"] == "in pieces" and "was cut off" in last_question(house.server.calls[1])
    assert [step[0] for step in house.story(run)] == ["prompt", "message"], "half a call is none"


def test_more_calls_than_one_answer_may_have_are_not_done(house):
    house.prompt_app()
    house.server.script = script(calls(*(("bash", {"command": "echo x >>count"}) for _ in range(40))), calls(("bash", {"command": "wc -l <count"})), Answer(text="done"))
    house.start()
    results = [step for step in house.story(house.ask()) if step[0] == "result"]
    assert results[-1] == ("result", "32\n", False) and sum("more than 32 calls" in text for _, text, _ in results) == 8


def test_a_prompt_that_is_empty_asks_no_model(house):
    house.capid.app("empty", "inputs: {x: {type: text}}\nagent: {prompt: '{{inputs.x}}'}\n")
    house.start()
    failed(house.ask("empty", inputs={"x": " "}), "AGENT_EXIT_NONZERO", "the prompt is empty")
    assert house.server.calls == []


def test_a_model_that_never_stops_is_ended_by_the_runs_time(house):
    house.prompt_app(more="limits: {timeout: 2s}")
    house.server.script = script(Answer(tokens=1_000_000, pace=0.01))
    house.start()
    failed(house.ask(), "TIMEOUT")


def test_a_cancel_in_the_middle_of_a_tool_ends_it(house):
    house.prompt_app()
    house.server.script = script(calls(("bash", {"command": "echo begun >/out/begun; sleep 300"})))
    house.start()
    run = house.client.submit("prompt", {"topic": "x"})
    support.wait_until(lambda: house.events({"id": run}, "tool_call"), what="the call")
    time.sleep(0.3)
    before = time.monotonic()
    assert house.client.request("POST", f"/api/v1/runs/{run}/cancel").status_code == 200
    got = house.client.wait(run)
    assert got["status"] == "cancelled" and time.monotonic() - before < 5
    assert [step[0] for step in house.story(got)] == ["prompt", "call"]


def test_a_budget_that_is_out_in_the_middle_ends_the_run(house):
    house.prompt_app()
    house.server.script = script(Answer(tools=(("call_0", "bash", {"command": "echo x"}),), input=1000, output=100))
    house.start()
    run = house.ask(maxCredits=8)
    failed(run, "BUDGET_EXCEEDED")
    assert len(house.server.calls) == 2 and run["usage"]["credits"] == 9 and [step[0] for step in house.story(run)][1:5] == ["call", "result"] * 2


@pytest.mark.parametrize("trouble", [Answer(status=429), Answer(status=529), Answer(status=500), Answer(status=503, headers=(("Retry-After", "1"),)), Answer(reset=True), Answer(cut_after=2)],
                         ids=["429", "529", "500", "503", "reset", "cut"])
def test_a_model_in_trouble_is_waited_for(house, trouble):
    house.prompt_app()
    house.server.script = lambda call: trouble if call.number < (4 if trouble.status == 429 else 1) else Answer(text="at last")
    house.start()
    run = house.ask()
    assert (run["status"], run["result"] and run["result"]["text"]) == ("completed", "at last"), run
    waits = [data["text"] for data in house.events(run, "log") if "it is asked again in" in data["text"]]
    assert len(waits) == (1 if trouble.status not in (429, 529) else 1 if trouble.status == 429 else 0), waits


def test_a_model_that_stays_in_trouble_is_given_up_within_the_runs_time(house):
    house.prompt_app(more="limits: {timeout: 5s}")
    house.server.script = script(Answer(status=500, error="down for good"))
    house.start()
    run = house.ask()
    failed(run, "MODEL_ERROR", "down for good")
    house.server.script = script(Answer(status=400, error="no such thing"))
    before = len(house.server.calls)
    failed(house.ask(), "MODEL_ERROR", "no such thing")
    assert len(house.server.calls) == before + 1, "what another try would not mend is not tried again"


def test_a_continued_thread_carries_what_was_said(house):
    house.prompt_app()
    house.server.script = script(Answer(text="First answer."), calls(("bash", {"command": "echo secret-of-a-tool"})), Answer(text="Second answer."), Answer(text="Third."))
    house.start()
    first = house.ask(inputs={"topic": "one"})
    second = house.ask(inputs={"topic": "two"}, threadId=first["threadId"])
    third = house.ask(inputs={"topic": "three"}, threadId=first["threadId"])
    assert third["result"]["text"] == "Third."
    body = json.dumps(house.server.calls[-1].body)
    places = [body.index(words) for words in ("Tell of one.", "First answer.", "Tell of two.", "Second answer.", "Tell of three.")]
    assert places == sorted(places) and "secret-of-a-tool" not in body
    assert second["status"] == "completed"


PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000"
                    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082")


def test_pictures_and_pdfs_are_shown_to_models_that_take_them(house):
    house.prompt_app()
    house.server.script = script(Answer(text="seen"))
    files = [("files", ("dot.png", PNG)), ("files", ("paper.pdf", b"%PDF-1.4\n%%EOF\n"))]
    house.start()
    house.ask(files=files)
    assert "iVBOR" not in json.dumps(house.server.calls[0].body), "nobody said that it takes any"
    house.capid.stop()
    config = house.capid.config_path.read_text()
    house.capid.config_path.write_text(config.replace("upstream: up-big,", "upstream: up-big, accepts: [image, pdf],"))
    house.start()
    house.ask(files=files)
    body = json.dumps(house.server.calls[1].body)
    assert "iVBORw0KGgo" in body and "JVBERi0xLjQ" in body and "image/png" in body and "application/pdf" in body


def test_a_long_output_is_cut_in_its_middle(house):
    house.prompt_app()
    house.server.script = script(calls(("bash", {"command": "echo begin; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end"})), Answer(text="seen"))
    house.start()
    run = house.ask()
    told = last_question(house.server.calls[1])
    assert told.startswith("begin\nxxx") and told.endswith("xxx\nend\n") and "bytes are left out" in told and len(told) < 33_000
    assert run["status"] == "completed"


def test_the_example_app_and_what_apps_new_writes_work_as_they_are(capid):
    with ModelServer() as server:
        house = House(capid, server)
        shutil.copytree(support.TOP / "packaging/apps/summary", capid.apps / "summary")
        capid.apps.chmod(0o777)   # the local commands' user makes a folder in it
        house.start()
        made = capid.cli("apps", "new", "mine")
        assert made.stdout == f"{capid.apps}/mine/app.yaml\n" and "capid apps check mine" in made.stderr
        again = capid.cli("apps", "new", "mine", check=False)
        assert again.returncode == 2 and "is there already" in again.stderr
        assert capid.cli("apps", "new", "../mine", check=False).returncode == 2
        assert capid.cli("apps", "check").stdout == "agent: sound\nmine: sound\nsummary: sound\n"
        support.wait_until(lambda: {app["id"] for app in house.client.request("GET", "/api/v1/apps").json()["apps"]} == {"agent", "mine", "summary"}, what="the new app")
        files = [("files", ("notes.txt", b"some notes"))]
        server.script = script(Answer(text="It says this."), Answer(text='{"summary": "Notes.", "highlights": ["one"]}'))
        mine = house.ask("mine", files=files, inputs={})
        assert mine["result"]["text"] == "It says this." and "/in/files/notes.txt (text/plain, 10 bytes)" in json.dumps(server.calls[0].body)
        summary = house.ask("summary", inputs={"language": "German"}, files=files)
        assert json.loads(summary["result"]["text"])["highlights"] == ["one"] and "in German" in json.dumps(server.calls[1].body)


def test_apps_check_says_what_a_prompt_still_needs(capid):
    capid.app("prompt", "agent: {prompt: hi, tools: [web_fetch, web_search]}\n")
    capid.app("other", "agent: {prompt: hi, model: unknown}\n")
    capid.start()
    warnings = {app["id"]: app["warnings"] for app in json.loads(capid.cli("apps", "check", "--json").stdout)}
    assert warnings == {
        "prompt": ["no model: name one as agent.model, or as default_model in capid's config", "web_search has no search engine: set web_search.searxng in capid's config",
                   "web_fetch reaches no host: name some in network.allow"],
        "other": ["the model \"unknown\" is not among models in capid's config"]}
    client = capid.client()
    failed(client.run("prompt"), "MODEL_ERROR", "this run has no model")


HOSTILE = {   # a schema, and a result that costs its check any time, any memory, or the program
    "a deep pattern": ("{type: string, pattern: '^[a-z]*$'}", "'\"' + 'a' * 300000 + '\"'"),
    "a pattern without end": ("{type: string, pattern: '^(a+)+b$'}", "'\"' + 'a' * 40 + '\"'"),
    "everything alike": ("{type: array, uniqueItems: true}", "'[' + '0,' * 20000 + '0]'"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_result_that_cannot_be_checked_costs_its_run_alone(capid, what):
    schema, said = HOSTILE[what]
    capid.app("app", f"agent: {{command: [python3, /app/say.py]}}\noutput_schema: {schema}", say__py=f"print({said}, end='')")
    capid.shell_app("other", "echo fine")
    client = capid.start().client()
    run = client.submit("app")
    assert client.text("other") == "fine\n", "and nobody waits for it"
    failed(client.wait(run), "OUTPUT_SCHEMA_MISMATCH", "it could not be checked")
    assert client.text("other") == "fine\n"


def test_the_result_of_a_command_is_held_against_its_schema_as_well(capid):
    capid.app("app", "inputs: {said: {type: text}}\nagent: {command: [python3, /app/say.py]}\n" + SCHEMA, say__py="import json; print(json.load(open('/in/inputs.json'))['inputs']['said'])")
    client = capid.start().client()
    assert client.text("app", {"said": '{"total": 1}'}) == '{"total": 1}\n'
    failed(client.run("app", {"said": "one"}), "OUTPUT_SCHEMA_MISMATCH", "the result does not satisfy the app's output_schema: it is not JSON")
    failed(client.run("app", {"said": '{"total": "one"}'}), "OUTPUT_SCHEMA_MISMATCH", "$[total]")


@pytest.mark.skipif(not support.IS_ROOT, reason="needs a place that only root reaches")
def test_a_program_that_capids_user_cannot_reach_is_shown_as_a_copy():
    with ModelServer(script(Answer(text="from the copy"))) as server, support.server(user="root") as capid:
        private = capid.root / "private"
        private.mkdir(0o700)
        shutil.copy(support.BINARY, private / "capid")
        capid.wrapper = ["sh", "-c", 'shift; exec "$0" "$@"', private / "capid"]   # the server is started from there
        house = House(capid, server)
        capid.config_path.write_text(capid.config_path.read_text().replace("per_run: 0", "per_run: 1"))
        house.prompt_app()
        house.start()
        assert house.ask()["result"]["text"] == "from the copy"
        (copy,) = capid.data.glob("program-*")
        assert copy.stat().st_size == support.BINARY.stat().st_size and copy.stat().st_mode & 0o777 == 0o755
        made = copy.stat().st_mtime
        capid.app("promised", f"agent: {{command: [echo, '1']}}\noutput_schema: {{type: integer}}")
        support.wait_until(lambda: len(house.client.request("GET", "/api/v1/apps").json()["apps"]) == 3, what="the app")
        checked = house.client.run("promised")
        assert (checked["result"]["text"], checked["usage"]["credits"]) == ("1\n", 1)
        copy.rename(capid.root / "aside")
        unchecked = house.client.run("promised")
        failed(unchecked, "SANDBOX_SETUP_FAILED", "could not be held against output_schema")
        assert unchecked["usage"]["credits"] == 0, "the host's fault is not paid for"
        (capid.root / "aside").rename(copy)
        capid.stop()
        house.start()
        assert house.ask()["status"] == "completed" and [each.stat().st_mtime for each in capid.data.glob("program-*")] == [made], "made once"

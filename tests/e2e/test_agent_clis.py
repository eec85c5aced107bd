# SPDX-License-Identifier: Apache-2.0
"""The real Claude Code and Codex, as the example apps wrap them, in the sandbox and at the gateway: result, thread, usage,
credits and cancel; and the provider's key is nowhere in there."""
import json
import os
import pathlib
import shutil
import time

import capid as support
import gateway
import pytest
from gateway import cost
from models import Answer, ModelServer
from processes import family, memory

INSTALLED = pathlib.Path(os.environ.get("CAPID_CLIS", support.TOP / "tests/clis/node_modules"))
KEY = "sk-provider-0123456789abcdef"
TOOL = {"claude-code": ("Bash", lambda command: {"command": command, "description": "runs it"}), "codex": ("exec_command", lambda command: {"cmd": command})}
# Looks for the key wherever an agent can look: its own and all other processes' environment, memory and files.
SEARCH = """\
cat > /tmp/search.py <<'END'
import os, re
needle = b"sk-provider-" + b"0123456789abcdef"
found = []
for folder, _, names in os.walk("/"):
    if folder.startswith(("/sys", "/usr", "/opt", "/proc", "/lib", "/bin")): continue
    for name in names:
        if not os.path.isfile(os.path.join(folder, name)): continue
        try: text = open(os.path.join(folder, name), "rb").read()
        except OSError: continue
        if needle in text: found.append(os.path.join(folder, name))
looked = 0
for pid in filter(str.isdigit, os.listdir("/proc")):
    for what in ("environ", "cmdline"):
        try: text = open(f"/proc/{pid}/{what}", "rb").read()
        except OSError: continue
        looked += 1
        if needle in text: found.append(f"{pid} {what}")
    if int(pid) == os.getpid(): continue
    try:
        maps, memory = open(f"/proc/{pid}/maps").read(), open(f"/proc/{pid}/mem", "rb", 0)
    except OSError: continue
    for start, end, rights in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) (r\\S+)", maps, re.M):
        try:
            memory.seek(int(start, 16))
            if needle in memory.read(min(int(end, 16) - int(start, 16), 1 << 26)): found.append(f"{pid} memory")
        except (OSError, OverflowError, ValueError): pass
print("looked" if looked > 3 else "saw nothing", found)
END
python3 /tmp/search.py; echo made > /out/made.txt; echo to-the-tool
"""


@pytest.fixture(params=["claude-code", "codex"])
def house(request, capid):
    """The example app as it is, but for where its CLI lies; the tests' scripted server answers for its model."""
    assert INSTALLED.exists(), "npm ci --prefix tests/clis"
    place = capid.root / request.param
    (place / "node_modules").mkdir(parents=True)
    for package in INSTALLED.glob("@anthropic-ai/*" if request.param == "claude-code" else "@openai/*"):
        to = place / "node_modules" / package.parent.name / package.name
        to.parent.mkdir(exist_ok=True)
        try:
            shutil.copytree(package, to, symlinks=True, copy_function=os.link)
        except (OSError, shutil.Error):   # another file system
            shutil.copytree(package, to, symlinks=True, dirs_exist_ok=True)
    shutil.copytree(INSTALLED / ".bin", place / "node_modules/.bin", symlinks=True)
    os.system(f"chmod -R a+rX {place}")
    key = capid.root / "provider-key"
    key.write_text(KEY)
    key.chmod(0o644)
    source = support.TOP / "packaging/apps" / request.param
    manifest = (source / "app.yaml").read_text().replace(f"host: /opt/{request.param}", f"host: {place}")
    assert str(place) in manifest
    with ModelServer() as server:
        made = gateway.Gateway(capid, server, provider=f"api_key_file: {key}")
        with capid.config_path.open("a") as config:
            config.write(f"sandbox: {{mount_allow: ['{place}']}}\n")
        capid.app(request.param, manifest, agent__py=(source / "agent.py").read_text())
        made.name = request.param
        yield made.start()


def environment(pid):
    return pathlib.Path(f"/proc/{pid}/environ").read_bytes()


def is_of(pid, run):
    try:
        return f"CAPI_RUN_ID={run}".encode() in environment(pid)
    except OSError:
        return False


def plays(house, turns):
    """A script: the tool is called with each command in turn, then comes the answer. Calls of no tool (titles) get a word."""
    name, arguments = TOOL[house.name]

    def script(call):
        if not call.body or not call.body.get("tools"):
            return Answer(text="title", input=11)
        done = json.dumps(call.body).count('"tool_result"' if house.name == "claude-code" else '"function_call_output"')
        if done < len(turns):
            return Answer(tools=((f"call_{done}", name, arguments(turns[done])),), input=1000 + done, output=20 + done)
        return Answer(text="That is all.", input=3000, cached=1000, output=30)
    return script


def of_types(house, run, *types):
    return [(event["type"], event["data"]) for event in house.client.request("GET", f"/api/v1/runs/{run['id']}/events?limit=1000", headers={"Accept": "application/json"}).json()["events"] if event["type"] in types]


def test_an_agent_runs_its_tools_and_every_step_and_token_is_told_and_paid_for(house):
    house.server.script = plays(house, [SEARCH, "echo second; exit 3"])
    run = house.client.wait(house.client.submit(house.name, {"task": "Look around, then say what you saw."}), 120)
    assert run["status"] == "completed", (run["errorMessage"], of_types(house, run, "log", "error"))
    assert run["result"]["text"] == "That is all."
    assert [artifact["title"] for artifact in run["result"]["artifacts"]] == ["made.txt"]
    steps = of_types(house, run, "tool_call", "tool_result", "message")
    assert [type for type, _ in steps] == ["tool_call", "tool_result", "tool_call", "tool_result", "message"]
    assert "search.py" in json.dumps(steps[0][1]["input"]) and "looked []" in json.dumps(steps[1][1]["output"]), steps[1]
    assert "to-the-tool" in json.dumps(steps[1][1]["output"]) and not steps[1][1]["isError"]
    assert "second" in json.dumps(steps[3][1]["output"]) and steps[3][1]["isError"]
    assert steps[0][1]["id"] == steps[1][1]["id"] and steps[4][1] == {"text": "That is all."}
    counted = [call.counted for call in house.server.calls if call.counted]
    assert len(counted) >= 3 and run["usage"]["credits"] == pytest.approx(sum(map(cost, counted)), abs=1e-9)
    assert run["usage"]["inputTokens"] == sum(each["input"] for each in counted)
    assert run["usage"]["outputTokens"] == sum(each["output"] for each in counted)
    assert {call.body["model"] for call in house.server.calls if call.body} == {"up-big"}
    for call in house.server.calls:
        assert KEY in (call.headers.get("x-api-key"), call.headers.get("authorization", "").removeprefix("Bearer "))


def test_an_agent_in_the_middle_of_a_tool_is_cancelled_and_pays_for_what_it_used(house):
    house.server.script = plays(house, ["echo begun; sleep 100"])
    run = house.client.submit(house.name, {"task": "Wait."})
    support.wait_until(lambda: of_types(house, {"id": run}, "tool_call"), 60, "the tool")
    time.sleep(0.3)
    if support.IS_ROOT:   # looked at from outside, where nothing is hidden
        inside = [pid for pid in family(house.capid.server_pid())[1:] if is_of(pid, run)]
        assert len(inside) >= 3, "the agent, its CLI and the tool"
        assert [pid for pid in inside if any(KEY.encode() in part for part in memory(pid)) or KEY.encode() in environment(pid)] == []
        assert any(b"up-big" in part or b"capid-" + run.encode() in part for pid in inside for part in memory(pid)), "memory can be read"
    before = time.monotonic()
    assert house.client.request("POST", f"/api/v1/runs/{run}/cancel").status_code == 200
    assert time.monotonic() - before < 10 * support.PATIENCE
    run = house.client.get(run)
    counted = [call.counted for call in house.server.calls if call.counted]
    assert run["status"] == "cancelled" and run["usage"]["credits"] == pytest.approx(sum(map(cost, counted)), abs=1e-9) and counted


def test_a_model_in_trouble_fails_the_run_in_words(house):
    house.server.script = lambda call: Answer(status=400, error="no such thing")
    run = house.client.wait(house.client.submit(house.name, {"task": "Try."}), 120)
    assert (run["status"], run["errorCode"]) == ("failed", "MODEL_ERROR") and "no such thing" in run["errorMessage"]


def test_a_budget_ends_an_agent(house):
    house.server.script = plays(house, ["true"] * 50)
    run = house.client.wait(house.client.submit(house.name, {"task": "Go on for ever."}, maxCredits=5), 120)
    assert run["errorCode"] == "BUDGET_EXCEEDED" and 5 <= run["usage"]["credits"] < 15

# SPDX-License-Identifier: Apache-2.0
"""What tests of the built-in agent share: an app that is a prompt, and a model that says what a test wants."""
import gateway
from models import Answer

PROTOCOLS = ["chat_completions", "responses", "messages"]
MANIFEST = """
inputs: {{topic: {{type: text}}, detailed: {{type: boolean}}, data: {{type: file}}}}
agent:
  prompt: "Tell of {{{{inputs.topic}}}}.{{{{#inputs.detailed}}}} In detail.{{{{/inputs.detailed}}}}{{{{#files}}}} See {{{{path}}}} ({{{{type}}}}, {{{{size}}}}).{{{{/files}}}}"
  {agent}
{more}
"""


class House(gateway.Gateway):
    """A server whose app `prompt` is the built-in agent."""

    def prompt_app(self, name="prompt", agent="", more=""):
        self.capid.app(name, MANIFEST.format(agent=agent, more=more))

    def ask(self, app="prompt", inputs=None, files=None, **body):
        return self.client.wait(self.client.submit(app, {"topic": "x"} if inputs is None else inputs, files, **body))

    def story(self, run):
        """The run's thread in short: kinds, and what they say."""
        said = []
        for event in self.client.request("GET", f"/api/v1/runs/{run['id']}/events?limit=1000", headers={"Accept": "application/json"}).json()["events"]:
            data = event["data"]
            if event["type"] in ("prompt", "message", "thinking"):
                said.append((event["type"], data["text"]))
            elif event["type"] == "tool_call":
                said.append(("call", data["name"], data["input"]))
            elif event["type"] == "tool_result":
                said.append(("result", data["output"], data["isError"]))
            elif event["type"] in ("error", "web_search"):
                said.append((event["type"], data.get("message", data.get("query"))))
        return said


def failed(run, code, words=""):
    assert (run["status"], run["errorCode"]) == ("failed", code) and words in run["errorMessage"], run


def calls(*tools):
    """An answer that calls these: (name, arguments)."""
    return Answer(tools=tuple((f"call_{i}", name, arguments) for i, (name, arguments) in enumerate(tools)))


def script(*answers):
    """One after the other; the last one over and over."""
    return lambda call: answers[min(call.number, len(answers) - 1)]


def last_question(call):
    """What the model was told last, in whichever protocol: the texts of its tools' results, and of the user."""
    body = call.body
    if "input" in body:
        last = body["input"][-1]
        return last.get("output") or last["content"][-1]["text"]
    last = body["messages"][-1]
    if last["role"] == "tool" or isinstance(last["content"], str):
        return last["content"]
    return last["content"][-1].get("content") or last["content"][-1]["text"]

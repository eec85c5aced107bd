# SPDX-License-Identifier: Apache-2.0
"""What tests of the gateway share: a server whose models are a scripted server's, and an agent that runs Python."""
import json

AGENT = '''\
import http.client, json, os, socket, sys, time, urllib.error, urllib.request
BASE = os.environ.get("ANTHROPIC_BASE_URL", "")
PLACE = BASE.removeprefix("http://")

def ask(path, body=None, method=None, **headers):
    """Status, headers with names in lower case, and the body, of a request to the gateway."""
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ["OPENAI_API_KEY"], **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = urllib.request.Request(BASE + path, data, headers, method=method)
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()

CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"

def body_for(path, text="hello", **more):
    """The smallest request that a client of that protocol sends."""
    if path == RESPONSES:
        return {"model": "any", "input": text, **more}
    limit = {"max_tokens": 100} if path == MESSAGES else {}
    return {"model": "any", "messages": [{"role": "user", "content": text}], **limit, **more}

exec(compile(json.load(open(os.environ["CAPI_INPUTS"]))["inputs"]["script"], "script", "exec"))
'''
PRICE = {"input": 3, "output": 15, "cached": 0.3}


def cost(counted, price=None):
    """Credits for what a server counted, by a price for 1,000 tokens; exact in millionths."""
    price = price or PRICE
    micro = {name: round(value * 1_000_000) for name, value in price.items()}
    total = (counted["input"] - counted["cached"]) * micro["input"] + counted["cached"] * micro["cached"] + counted["output"] * micro["output"]
    return (total + 500) // 1000 / 1_000_000


class Gateway:
    """`models` are ids, each of the provider `scripted` and called up-ID there; the first one is the default."""

    def __init__(self, capid, server, models=("big",), price=None, provider="", credits="", manifest=""):
        self.capid, self.server = capid, server
        price = json.dumps(price or PRICE)
        entries = "".join(f"  - {{id: {model}, provider: scripted, upstream: up-{model}, price: {price}}}\n" for model in models)
        with capid.config_path.open("a") as config:
            config.write(f"providers:\n  scripted: {{base_url: '{server.url}'{provider and ', ' + provider}}}\nmodels:\n{entries}default_model: {models[0]}\n")
            config.write(f"credits: {{per_run: 0{credits and ', ' + credits}}}\n")
        self.app("agent", manifest)
        self.client = None

    def app(self, name, manifest="", model=""):
        self.capid.app(name, f"inputs: {{script: {{type: textarea}}}}\nagent: {{command: [python3, /app/agent.py]{model and ', model: ' + model}}}\n{manifest}", agent__py=AGENT)

    def start(self):
        self.client = self.capid.start().client()
        return self

    def submit(self, script, app="agent", **body):
        return self.client.submit(app, {"script": script}, **body)

    def run(self, script, app="agent", **body):
        return self.client.wait(self.submit(script, app, **body))

    def text(self, script, **more):
        """What the script printed."""
        run = self.run(script, **more)
        assert run["status"] == "completed", run["errorMessage"]
        return run["result"]["text"]

    def events(self, run, *types):
        """The data of the run's events of these types."""
        answer = self.client.request("GET", f"/api/v1/runs/{run['id']}/events?limit=1000", headers={"Accept": "application/json"}).json()
        return [event["data"] for event in answer["events"] if event["type"] in types]

# SPDX-License-Identifier: Apache-2.0
"""A bill is exact: a thousand runs that ask models and end in every way there is, through servers that are killed meanwhile.
What each run must have cost is computed anew from the tokens that the model's server counted, and equals its entries."""
import collections
import concurrent.futures
import os
import random
import threading
import time

import capid as support
import gateway
import requests
from models import Answer, ModelServer

RUNS = int(os.environ.get("CAPID_LEDGER_RUNS", "1000"))
CLIENTS = 12
KILLS = 3
MICRO = 1_000_000
PER_RUN, PER_CPU_SECOND = 0.5, 2.5
AGENT = """
number = json.load(open("/in/inputs.json"))["inputs"]["number"]
import random, signal
chance = random.Random(number)
for call in range(chance.randint(0, 4)):
    path = chance.choice([CHAT, RESPONSES, MESSAGES])
    body = body_for(path, stream=chance.random() < 0.6, user=os.environ["CAPI_RUN_ID"])
    if chance.random() < 0.15:   # hangs up in the middle
        connection = socket.create_connection(PLACE.split(":"))
        data = json.dumps(body).encode()
        connection.sendall(b"POST %s HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n" % (path.encode(), len(data)) + data)
        connection.recv(10)
        connection.close()
    else:
        ask(path, body)
end = chance.random()
if end < 0.1:
    sys.exit(3)
if end < 0.2:
    os.kill(os.getpid(), signal.SIGKILL)
if end < 0.25:
    time.sleep(60)
"""


def scripted(call):
    chance = random.Random(call.number)
    if chance.random() < 0.1:
        return Answer(status=500)
    tokens = chance.randint(0, 30)
    return Answer(tokens=tokens, input=chance.randint(1, 5000), cached=0, output=tokens + chance.randint(0, 40), pace=chance.choice([0, 0, 0.005]))


def micro_cost(counted):
    return round(gateway.cost(counted) * MICRO)


class Crowd:
    """Clients that go on through the deaths of their server."""

    def __init__(self, house):
        self.house = house
        self.outcomes = collections.Counter()

    def patiently(self, act):
        while True:
            try:
                return act(self.house.client)
            except (requests.RequestException, AssertionError):
                time.sleep(0.1)

    def one(self, number):
        chance = random.Random(-number)
        body = {"maxCredits": chance.choice([1, 5, 30])} if chance.random() < 0.3 else {}
        run = self.patiently(lambda client: client.submit("agent", {"script": AGENT, "number": number}, **body))
        if chance.random() < 0.15:
            time.sleep(chance.random() * 0.3)
            self.patiently(lambda client: client.request("POST", f"/api/v1/runs/{run}/cancel"))
        got = self.patiently(lambda client: client.wait(run))
        self.outcomes[got["errorCode"] or got["status"]] += 1
        assert got["errorCode"] != "SANDBOX_SETUP_FAILED", (got["errorMessage"], self.house.capid.log()[-3000:])
        return got


def kill_now_and_then(house, crowd, stop):
    for _ in range(KILLS):
        if stop.wait(4):
            return
        key = house.client.session.headers["Authorization"]
        house.capid.kill()
        client = house.capid.start().client(key.removeprefix("Bearer "))
        house.client = client


def test_the_ledger_is_exact():
    with support.server(user="root" if support.IS_ROOT else "ordinary") as capid, ModelServer(scripted) as server:
        house = gateway.Gateway(capid, server, credits=f"enforce: true, starting_balance: 1000000, per_cpu_second: {PER_CPU_SECOND}", manifest="limits: {timeout: 3s}\n")
        capid.config_path.write_text(capid.config_path.read_text().replace("per_run: 0", f"per_run: {PER_RUN}"))
        manifest = capid.apps / "agent" / "app.yaml"
        manifest.write_text(manifest.read_text().replace("inputs: {", "inputs: {number: {type: integer}, "))
        house.start()
        crowd = Crowd(house)
        stop = threading.Event()
        killer = threading.Thread(target=kill_now_and_then, args=(house, crowd, stop))
        killer.start()
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            runs = list(pool.map(crowd.one, range(RUNS)))
        stop.set()
        killer.join()
        print("\n  " + ", ".join(f"{count} {outcome}" for outcome, count in crowd.outcomes.most_common()))
        judge(capid, server, runs)


def judge(capid, server, runs):
    counted = collections.defaultdict(list)
    for call in server.calls:
        if call.counted and call.body and "user" in call.body:
            counted[call.body["user"]].append(micro_cost(call.counted))
    entries = collections.defaultdict(lambda: collections.Counter())
    charges = collections.defaultdict(list)
    for run, kind, amount in capid.database("SELECT run_id, kind, amount FROM ledger WHERE run_id IS NOT NULL"):
        entries[run][kind] += amount
        if kind == "charge":
            charges[run].append(-amount)
    unbilled = 0
    for run in runs:
        id, refunded = run["id"], run["errorCode"] in ("INTERRUPTED", "SANDBOX_SETUP_FAILED") or run["startedAt"] is None
        expected = list(counted[id])
        if not refunded:
            expected.append(round(PER_RUN * MICRO))
            cpu = round(run["usage"]["cpuSeconds"] * 1000) * round(PER_CPU_SECOND * 1000)
            expected += [cpu] if cpu else []
        assert entries[id]["reserve"] == -entries[id]["release"] == -round(PER_RUN * MICRO), run
        assert round(run["usage"]["credits"] * MICRO) == sum(charges[id]), run
        missing = collections.Counter(expected) - collections.Counter(charges[id])
        added = collections.Counter(charges[id]) - collections.Counter(expected)
        assert not added, (run, missing, added)
        if run["errorCode"] == "INTERRUPTED":   # what was on its way when the server was killed is the operator's loss
            unbilled += sum(missing.values())
        else:
            assert not missing, (run, missing)
    print(f"  {sum(map(len, counted.values()))} calls counted, {unbilled} of them cut off by a killed server and not charged")
    ((balance,),) = capid.database("SELECT balance FROM accounts WHERE name = 'admin'")
    ((total,),) = capid.database("SELECT sum(amount) FROM ledger")
    assert balance == total == 1_000_000 * MICRO + sum(sum(each.values()) for each in entries.values())

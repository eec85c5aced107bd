# SPDX-License-Identifier: Apache-2.0
"""What tests of webhooks do with a server: its settings, runs that tell of their end, the delivery log."""
import base64
import hashlib
import hmac
import json

import capid as support


class Hooks:
    """`allow` are the networks and names that the operator allows; `retry_base` and `timeout` as the config spells them."""

    def __init__(self, capid, allow=("127.0.0.0/8",), retries=3, retry_base="100ms", timeout="15s"):
        self.capid = capid
        with capid.config_path.open("a") as config:
            config.write(f"webhooks: {{allow: {json.dumps(list(allow))}, retries: {retries}, retry_base: {retry_base}, timeout: {timeout}}}\n")

    def post(self, client, app, url, **fields):
        return client.request("POST", f"/api/v1/apps/{app}/runs", json={"webhookUrl": url, **fields})

    def submit(self, client, app, url, **fields):
        answer = self.post(client, app, url, **fields)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def deliveries(self, *words):
        return json.loads(self.capid.cli("webhooks", "deliveries", "--json", *words).stdout)

    def of_run(self, run):
        """The only delivery of a run."""
        (found,) = self.deliveries("--run", run)
        return found

    def ended(self, run, attempts=1, seconds=60):
        """The delivery of a run, once it has had so many attempts and nothing more will be tried."""
        def is_over():
            found = self.deliveries("--run", run)
            return found and found[0]["status"] in ("delivered", "failed") and len(found[0]["attempts"]) >= attempts and found

        (found,) = support.wait_until(is_over, seconds, f"the end of the delivery of run {run}")
        return found

    def durations(self, delivery):
        """How many seconds each attempt took, to the millisecond, which the log does not show."""
        rows = self.capid.database("SELECT ended_at - started_at FROM delivery_attempts WHERE delivery_id = ? ORDER BY number", delivery["id"])
        return [ms / 1000 for ms, in rows]

    def secret(self, *words):
        return self.capid.cli("webhooks", "secret", *words).stdout.removesuffix("\n")

    def metrics(self, client):
        """The samples of /metrics that are about webhooks, by name and labels."""
        answer = client.request("GET", "/metrics")
        assert answer.status_code == 200, answer.text
        lines = [line.rpartition(" ") for line in answer.text.splitlines() if line.startswith("capid_webhook")]
        return {name: float(value) for name, _, value in lines}


def object_of(client, run):
    """What a GET of the run gives, byte for byte: what its receiver must have got."""
    return client.request("GET", f"/api/v1/runs/{run}").content


def signature(secret, request):
    """What the secret makes of a request that was received; written from the specification, not from the server."""
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def gaps(requests):
    """The seconds between each request and the next."""
    return [after.at - before.at for before, after in zip(requests, requests[1:])]

# SPDX-License-Identifier: Apache-2.0
"""What the server counts, as Prometheus reads it."""
import capid as support
import pytest


@pytest.fixture(scope="module")
def capid():
    with support.server() as capid:
        capid.shell_app("app", "true")
        capid.start()
        capid.cli("accounts", "add", "ada")
        yield capid


def test_an_admins_key_reads_the_metrics(capid):
    answer = capid.client().request("GET", "/metrics")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    families = {line.split()[2]: line.split()[3] for line in answer.text.splitlines() if line.startswith("# TYPE ")}
    assert families == {
        "capid_webhook_attempts_total": "counter",
        "capid_webhook_attempt_duration_seconds": "histogram",
        "capid_webhook_deliveries": "gauge",
    }
    for line in answer.text.splitlines():
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            assert float(value) == 0, line
            assert any(name.startswith(family) for family in families)


def test_nobody_else_reads_them(capid):
    assert support.requests.get(capid.url + "/metrics", timeout=30).status_code == 401
    member = capid.client(capid.key(account="ada")).request("GET", "/metrics")
    assert (member.status_code, member.json()["error"]["message"]) == (401, "the metrics need a key of an admin's account")
    scoped = capid.client(capid.key(app="app")).request("GET", "/metrics")
    assert (scoped.status_code, scoped.json()["error"]["code"]) == (403, "APP_SCOPE_RESTRICTED")


def test_a_parameter_is_unknown(capid):
    answer = capid.client().request("GET", "/metrics?x=1")
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "x")

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
        "capid_http_requests_total": "counter",
        "capid_http_request_duration_seconds": "histogram",
        "capid_runs_total": "counter",
        "capid_run_duration_seconds": "histogram",
        "capid_run_queued_seconds": "histogram",
        "capid_sandbox_overhead_seconds": "histogram",
        "capid_runs": "gauge",
        "capid_model_calls_total": "counter",
        "capid_model_tokens_total": "counter",
        "capid_store_commit_seconds": "histogram",
        "capid_store_batch_jobs": "histogram",
        "capid_store_failures_total": "counter",
        "capid_build_info": "gauge",
        "capid_disk_free_bytes": "gauge",
        "process_cpu_seconds_total": "counter",
        "process_resident_memory_bytes": "gauge",
        "process_open_fds": "gauge",
        "process_start_time_seconds": "gauge",
        "capid_webhook_attempts_total": "counter",
        "capid_webhook_attempt_duration_seconds": "histogram",
        "capid_webhook_deliveries": "gauge",
    }
    for line in answer.text.splitlines():
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            assert float(value) >= 0, line
            assert any(name.startswith(family) for family in families)


def test_what_happened_is_counted():
    with support.server() as capid:
        capid.shell_app("app", "true")
        capid.shell_app("fails", "exit 3")
        capid.start()
        client = capid.client()
        for app in ("app", "app", "fails"):
            client.run(app)
        assert client.request("GET", "/api/v1/runs/none").status_code == 404
        assert support.requests.get(capid.url + "/nowhere", timeout=30).status_code == 404
        lines = dict(line.rsplit(" ", 1) for line in client.request("GET", "/metrics").text.splitlines() if not line.startswith("#"))
        value = lambda name: float(lines[name])
        assert (value('capid_runs_total{status="completed"}'), value('capid_runs_total{status="failed"}'), value('capid_runs_total{status="cancelled"}')) == (2, 1, 0)
        assert value("capid_run_duration_seconds_count") == value("capid_sandbox_overhead_seconds_count") == value("capid_run_queued_seconds_count") == 3
        assert value('capid_http_requests_total{method="POST",route="/api/v1/apps/:appId/runs",status="2xx"}') == 3
        assert value('capid_http_requests_total{method="GET",route="/api/v1/runs/:runId",status="4xx"}') == 1
        assert value('capid_http_requests_total{method="",route="",status="4xx"}') == 1
        assert value("capid_store_commit_seconds_count") >= 9 and value("capid_store_failures_total") == 0
        assert 1e6 < value("process_resident_memory_bytes") < 1e9 and value("process_open_fds") > 10 and value("capid_disk_free_bytes") > 1e6
        assert client.key not in "".join(lines)


def test_a_run_that_ends_without_a_sandbox_is_counted_too():
    with support.server() as capid:
        capid.shell_app("one", "sleep 300", "concurrency: 1")
        capid.shell_app("again", "sleep 300", "on_interrupt: retry")
        client = capid.start().client()

        def ended():
            lines = client.request("GET", "/metrics").text.splitlines()
            return [int(line.split()[1]) for line in lines if line.startswith(("capid_runs_total", "capid_run_duration_seconds_count"))]

        running = [client.submit("one"), client.submit("again")]
        support.wait_until(lambda: all(client.get(run)["status"] == "running" for run in running))
        waiting = client.submit("one")
        assert client.request("POST", f"/api/v1/runs/{waiting}/cancel").status_code == 200
        assert client.wait(client.submit("one", ttlSeconds=1))["errorCode"] == "EXPIRED"
        support.wait_until(lambda: ended() == [0, 1, 1, 0], what="the count of completed, failed and cancelled runs, and of those that had a sandbox")
        capid.kill()
        client = capid.start().client(client.key)
        assert client.get(running[0])["errorCode"] == "INTERRUPTED"
        assert ended() == [0, 1, 0, 0], "what the start found cut off and ended, not what it sent back"


def test_nobody_else_reads_them(capid):
    assert support.requests.get(capid.url + "/metrics", timeout=30).status_code == 401
    member = capid.client(capid.key(account="ada")).request("GET", "/metrics")
    assert (member.status_code, member.json()["error"]["message"]) == (401, "the metrics need a key of an admin's account")
    scoped = capid.client(capid.key(app="app")).request("GET", "/metrics")
    assert (scoped.status_code, scoped.json()["error"]["code"]) == (403, "APP_SCOPE_RESTRICTED")


def test_a_parameter_is_unknown(capid):
    answer = capid.client().request("GET", "/metrics?x=1")
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "x")

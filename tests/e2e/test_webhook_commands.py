# SPDX-License-Identifier: Apache-2.0
"""capid webhooks: the log, sending again by hand, trying a receiver out; and what /metrics tells of it all."""
import subprocess

import capid as support
import pytest
from hooks import Hooks, signature
from receivers import NEVER_ANSWERS, Answer, receiver


@pytest.fixture
def ready(capid):
    capid.shell_app("quick", "echo hello")
    capid.hooks = Hooks(capid)
    return capid


def begin(capid, *words):
    command = support.as_user([support.BINARY, *words, "--config", capid.config_path, "--data", capid.data], capid.user)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_log_lists_the_newest_first_and_by_account_run_and_status(ready):
    client = ready.start().client()
    ready.cli("accounts", "add", "bob")
    bob = ready.client(ready.key(account="bob"))
    with receiver() as good, receiver(410) as gone:
        runs = [ready.hooks.submit(one, "quick", hook.url) for one, hook in ((client, good), (client, gone), (bob, good), (client, good))]
        for run in runs:
            ready.hooks.ended(run)
        log = ready.hooks.deliveries()
        assert list(log[0]) == ["id", "account", "runId", "kind", "url", "status", "createdAt", "nextAttemptAt", "endedAt", "attempts"]
        assert list(log[0]["attempts"][0]) == ["number", "startedAt", "endedAt", "address", "status", "error"]
        assert {entry["runId"] for entry in log} >= set(runs) - {runs[2]}
        assert [entry["id"] for entry in log] == sorted((entry["id"] for entry in log), reverse=True)
        for words, found in [(["--account", "bob"], [runs[2]]), (["--run", runs[1]], [runs[1]]), (["--status", "failed"], [runs[1]]),
                             (["--limit", "1", "--account", "bob"], [runs[2]]), (["--status", "pending"], []), (["--status", "sending"], [])]:
            assert [entry["runId"] for entry in ready.hooks.deliveries(*words)] == found, words
        assert {entry["account"] for entry in ready.hooks.deliveries("--account", "bob")} == {"bob"}
        assert {entry["runId"] for entry in ready.hooks.deliveries("--account", "admin")} == set(runs) - {runs[2]}
        assert len(ready.hooks.deliveries("--account", "admin", "--limit", "2")) == 2

        shown = ready.cli("webhooks", "deliveries", "--run", runs[1])
        assert ready.hooks.of_run(runs[1])["id"] in shown.stdout and "failed" in shown.stdout and "410" in shown.stdout
        for words in (["--status", "gone"], ["--account", "nobody"], ["--limit", "0"], ["--limit", "many"]):
            wrong = ready.cli("webhooks", "deliveries", *words, check=False)
            assert (wrong.returncode in (1, 2), wrong.stdout) == (True, "") and wrong.stderr, words


def test_a_delivery_is_sent_again_by_hand(ready):
    client = ready.start().client()
    with receiver(500, 500, 500, 500, 500, 500, 500, 500, 200) as hook:
        run = ready.hooks.submit(client, "quick", hook.url)
        first = ready.hooks.ended(run, 4)
        assert (first["status"], len(hook.requests)) == ("failed", 4)
        again = ready.cli("webhooks", "redeliver", first["id"])
        assert again.returncode == 0
        second = ready.hooks.ended(run, 8)
        assert (second["id"], second["status"], [attempt["number"] for attempt in second["attempts"]]) == (first["id"], "failed", list(range(1, 9)))
        assert second["attempts"][:4] == first["attempts"], "what was tried stays in the log"
        ready.cli("webhooks", "redeliver", first["id"])
        third = ready.hooks.ended(run, 9)
        assert (third["status"], third["attempts"][8]["status"], len(hook.requests)) == ("delivered", 200, 9)
        ready.cli("webhooks", "redeliver", first["id"])
        assert len(ready.hooks.ended(run, 10)["attempts"]) == 10, "also one that was delivered"
        assert {(request.headers["webhook-id"], request.body) for request in hook.requests} == {(first["id"], hook.requests[0].body)}
        assert all(request.headers["webhook-signature"] == signature(ready.hooks.secret(), request) for request in hook.requests)


def test_what_is_on_its_way_is_not_sent_again(capid):
    capid.shell_app("quick", "echo hello")
    hooks = Hooks(capid, retry_base="1h")
    client = capid.start().client()
    with receiver(500) as waiting, receiver(NEVER_ANSWERS) as hanging:
        for hook, status in ((waiting, "pending"), (hanging, "sending")):
            run = hooks.submit(client, "quick", hook.url)
            hook.wait(1)
            support.wait_until(lambda: hooks.of_run(run)["status"] == status, what=status)
            refused = capid.cli("webhooks", "redeliver", hooks.of_run(run)["id"], check=False)
            assert refused.returncode != 0 and "on its way" in refused.stderr, refused
            assert len(hook.requests) == 1
    for unknown in ("01a21337-ee79-7001-9321-b3c475b470bf", "nonsense"):
        assert capid.cli("webhooks", "redeliver", unknown, check=False).returncode != 0


def test_a_delivery_is_sent_again_while_no_server_runs_once_there_is_one(ready):
    client = ready.start().client()
    with receiver(410, 200) as hook:
        run = ready.hooks.submit(client, "quick", hook.url)
        ready.hooks.ended(run)
        ready.stop()
        ready.cli("webhooks", "redeliver", hook.requests[0].headers["webhook-id"])
        assert ready.hooks.of_run(run)["status"] == "pending" and len(hook.requests) == 1
        ready.start()
        assert ready.hooks.ended(run, 2)["status"] == "delivered"


def test_a_receiver_is_tried_out(ready):
    ready.start()
    ready.cli("accounts", "add", "bob")
    with receiver() as hook:
        tried = ready.cli("webhooks", "test", hook.url)
        (request,) = hook.requests
        assert request.headers["webhook-signature"] == signature(ready.hooks.secret(), request) and isinstance(request.json(), dict)
        assert (tried.stdout.strip(), tried.stderr[:10]) == (request.headers["webhook-id"], "Delivered:")
        (entry,) = ready.hooks.deliveries()
        assert (entry["id"], entry["runId"], entry["kind"], entry["status"], entry["url"]) == (tried.stdout.strip(), None, "test", "delivered", hook.url)
        ready.cli("webhooks", "test", hook.url, "--account", "bob")
        assert hook.requests[1].headers["webhook-signature"] == signature(ready.hooks.secret("--account", "bob"), hook.requests[1])


def test_a_try_that_fails_says_why_and_is_tried_again_as_any_delivery(ready):
    ready.start()
    with receiver(500, 200) as better, receiver(410) as gone, receiver(301) as bad:
        for hook, status, statuses in ((better, "delivered", [500, 200]), (gone, "failed", [410]), (bad, "failed", [301] * 4)):
            failed = ready.cli("webhooks", "test", hook.url, check=False)
            assert failed.returncode == 1 and f"Not delivered: HTTP {statuses[0]}" in failed.stderr, failed
            support.wait_until(lambda: ready.hooks.deliveries()[0]["endedAt"])
            entry = ready.hooks.deliveries()[0]
            assert (entry["id"], entry["status"], [attempt["status"] for attempt in entry["attempts"]]) == (failed.stdout.strip(), status, statuses)


def test_what_may_not_be_called_is_not_tried_out(capid):
    Hooks(capid, allow=["127.0.0.2"])
    capid.start()
    with receiver() as hook:
        for url in (hook.url, hook.url_of("localhost"), hook.url_of("2130706433"), hook.url_of("me@127.0.0.2"), "ftp://127.0.0.2/", "nonsense"):
            refused = capid.cli("webhooks", "test", url, check=False)
            assert (refused.returncode, refused.stderr != "") == (2, True), url
        assert hook.connections == []


def test_without_a_server_a_try_waits_for_one(ready):
    ready.start()
    ready.stop()
    with receiver() as hook:
        waits = ready.cli("webhooks", "test", hook.url, check=False)
        assert waits.returncode == 1 and "No server runs" in waits.stderr and hook.connections == []
        assert ready.hooks.deliveries("--status", "pending")[0]["id"] == waits.stdout.strip()
        ready.start()
        assert hook.wait(1).headers["webhook-id"] == waits.stdout.strip()


def test_a_try_outlives_its_caller_but_not_the_log(ready):
    ready.start()
    with receiver(Answer(200, after=1)) as hook:
        process = begin(ready, "webhooks", "test", hook.url)
        hook.wait(1)
        process.kill()
        process.communicate()
        support.wait_until(lambda: ready.hooks.deliveries()[0]["status"] == "delivered")


def test_metrics_count_attempts_and_what_is_on_its_way(ready):
    client = ready.start().client()
    ready.cli("accounts", "add", "bob")
    with receiver() as good, receiver(500) as bad, receiver(NEVER_ANSWERS) as hanging, receiver(Answer(503, {"Retry-After": "600"})) as later:
        for hook in (good, good, bad):
            ready.hooks.ended(ready.hooks.submit(client, "quick", hook.url))
        ready.hooks.submit(client, "quick", hanging.url)
        ready.hooks.submit(client, "quick", later.url)
        hanging.wait(1)
        support.wait_until(lambda: ready.hooks.deliveries("--status", "pending"))
        samples = ready.hooks.metrics(client)
        assert samples['capid_webhook_attempts_total{outcome="delivered"}'] == 2
        assert samples['capid_webhook_attempts_total{outcome="failed"}'] == 5
        assert samples['capid_webhook_deliveries{status="pending"}'] == 1 == samples['capid_webhook_deliveries{status="sending"}']
        (histogram,) = {name.removesuffix("_count") for name in samples if name.endswith("_count")}
        assert "seconds" in histogram and samples[f"{histogram}_count"] == 7 and samples[f"{histogram}_sum"] >= 0
        buckets = [(name, value) for name, value in samples.items() if name.startswith(f"{histogram}_bucket")]
        assert [value for _, value in buckets] == sorted(value for _, value in buckets) and 'le="+Inf"' in buckets[-1][0] and buckets[-1][1] == 7


def test_metrics_are_for_an_admins_key_alone(ready):
    ready.start()
    ready.cli("accounts", "add", "bob")
    for key, status, code in [("", 401, "INVALID_API_KEY"), ("capi_wrong", 401, "INVALID_API_KEY"), (ready.key(account="bob"), 401, "INVALID_API_KEY"),
                              (ready.key(app="quick"), 403, "APP_SCOPE_RESTRICTED")]:
        answer = support.Client(ready.url, key).request("GET", "/metrics")
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)

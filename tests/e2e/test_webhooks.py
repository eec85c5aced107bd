# SPDX-License-Identifier: Apache-2.0
"""Webhooks: every end of a run is told once, with its object; what is tried again, when, and what stands in the log."""
import json
import re
import time

import capid as support
import pytest
from hooks import Hooks, gaps, object_of, signature
from receivers import CLOSES, NEVER_ANSWERS, Answer, Raw, receiver, redirect

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture
def ready(capid):
    """A server that may call this machine, with an app that completes, one that fails and one that takes long."""
    capid.shell_app("quick", "echo hello; echo chart > /out/chart.svg")
    capid.shell_app("bad", "echo 'no such region' >&2; exit 3")
    capid.shell_app("slow", "sleep 300", "concurrency: 1")
    capid.app("typo", "agent: {command: [pyhton3]}")
    capid.hooks = Hooks(capid)
    return capid


def assert_told(capid, client, hook, run):
    """One POST came about the run, and it is what a GET of the run gives; returns the request."""
    delivery = capid.hooks.ended(run)
    (request,) = hook.of_run(run)
    assert request.body == object_of(client, run), "byte for byte"
    assert (request.method, request.path, request.headers["content-type"]) == ("POST", "/hook", "application/json")
    assert request.headers["content-length"] == str(len(request.body)) and "transfer-encoding" not in request.headers
    assert request.headers["webhook-id"] == delivery["id"] and UUID.fullmatch(delivery["id"])
    assert request.headers["webhook-timestamp"].isdecimal() and abs(int(request.headers["webhook-timestamp"]) - request.time) <= 2 * support.PATIENCE
    assert request.headers["webhook-signature"] == signature(capid.hooks.secret(), request)
    assert (delivery["status"], delivery["runId"], delivery["kind"], delivery["url"]) == ("delivered", run, "run", hook.url)
    return request


def test_a_completed_a_failed_and_a_cancelled_run_are_told_once_each(ready):
    client = ready.start().client()
    with receiver() as hook:
        completed = ready.hooks.submit(client, "quick", hook.url, tags=["june"], metadata={"team": "a"})
        failed = ready.hooks.submit(client, "bad", hook.url)
        typo = ready.hooks.submit(client, "typo", hook.url)
        running = ready.hooks.submit(client, "slow", hook.url)
        support.wait_until(lambda: client.get(running)["status"] == "running")
        pending = ready.hooks.submit(client, "slow", hook.url)
        expiring = ready.hooks.submit(client, "slow", hook.url, ttlSeconds=1)
        for run in (pending, running):
            assert client.request("POST", f"/api/v1/runs/{run}/cancel").status_code == 200
        told = {run: assert_told(ready, client, hook, run).json() for run in (completed, failed, typo, running, pending)}
        assert [(told[run]["status"], told[run]["errorCode"]) for run in (completed, failed, typo, running, pending)] == [
            ("completed", None), ("failed", "AGENT_EXIT_NONZERO"), ("failed", "COMMAND_NOT_FOUND"), ("cancelled", None), ("cancelled", None)]
        assert told[completed]["result"]["text"] == "hello\n" and told[completed]["result"]["artifacts"][0]["title"] == "chart.svg"
        assert (told[completed]["tags"], told[completed]["metadata"]) == (["june"], {"team": "a"})
        client.request("POST", f"/api/v1/runs/{expiring}/cancel")   # where it began after all
        assert_told(ready, client, hook, expiring)
        assert len({request.headers["webhook-id"] for request in hook.requests}) == 6 == len(hook.requests)
        ready.stop()


def test_a_run_that_expires_is_told(ready):
    client = ready.start().client()
    with receiver() as hook:
        running = client.submit("slow")
        support.wait_until(lambda: client.get(running)["status"] == "running")
        expiring = ready.hooks.submit(client, "slow", hook.url, ttlSeconds=1)
        told = assert_told(ready, client, hook, expiring).json()
        assert (told["status"], told["errorCode"], told["startedAt"]) == ("failed", "EXPIRED", None)


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_run_that_a_restart_interrupts_is_told(ready, how):
    with ready.config_path.open("a") as config:
        config.write("runs: {shutdown_grace: 100ms}\n")
    client = ready.start().client()
    with receiver() as hook:
        run = ready.hooks.submit(client, "slow", hook.url)
        support.wait_until(lambda: client.get(run)["status"] == "running")
        ready.kill() if how == "kill" else ready.stop()
        client = ready.start().client()
        assert assert_told(ready, client, hook, run).json()["errorCode"] == "INTERRUPTED"


def test_a_run_that_is_tried_again_is_told_at_its_real_end(ready):
    ready.shell_app("again", "sleep 1; echo done", "on_interrupt: retry")
    client = ready.start().client()
    with receiver() as hook:
        run = ready.hooks.submit(client, "again", hook.url)
        support.wait_until(lambda: client.get(run)["status"] == "running")
        ready.kill()
        client = ready.start().client()
        assert assert_told(ready, client, hook, run).json()["result"]["text"] == "done\n"


def test_a_form_names_a_receiver_too_and_a_repeated_request_tells_once(ready):
    client = ready.start().client()
    with receiver() as hook:
        answer = client.request("POST", "/api/v1/runs", data={"appId": "quick", "webhookUrl": hook.url}, files=[("files", ("a.txt", b"x"))])
        assert_told(ready, client, hook, answer.json()["id"])
        headers = {"Idempotency-Key": "once"}
        ids = {client.request("POST", "/api/v1/apps/quick/runs", json={"webhookUrl": hook.url}, headers=headers).json()["id"] for _ in range(3)}
        assert_told(ready, client, hook, ids.pop())
        changed = client.request("POST", "/api/v1/apps/quick/runs", json={"webhookUrl": hook.url + "2"}, headers=headers)
        assert (changed.status_code, ids, len(hook.requests)) == (422, set(), 2)


def test_addresses_of_downloads_are_as_the_operator_has_them(ready):
    with ready.config_path.open("a") as config:
        config.write("public_url: https://capid.example.org\n")
    client = ready.start().client()
    with receiver() as hook:
        told = assert_told(ready, client, hook, ready.hooks.submit(client, "quick", hook.url)).json()
        assert told["result"]["artifacts"][0]["downloadUrl"].startswith("https://capid.example.org/api/v1/")


def test_the_path_and_the_query_arrive_as_they_were_given(ready):
    client = ready.start().client()
    with receiver() as hook:
        for path in ("/", "/a%20b/../c?x=1&y=%2F%3F", "/?q", "/deep/path/"):
            ready.hooks.ended(ready.hooks.submit(client, "quick", hook.url_of("127.0.0.1", path)))
            assert hook.requests[-1].path == path and hook.requests[-1].headers["host"] == f"127.0.0.1:{hook.port}"
        ready.hooks.ended(ready.hooks.submit(client, "quick", hook.url_of("127.0.0.1", "")))
        assert hook.requests[-1].path == "/"


@pytest.mark.parametrize("good", [200, 201, 202, 204, 299, Answer(200, {"Content-Type": "text/html"}, b"<p>thanks"),
                                  Raw(b"HTTP/1.1 200 OK\r\n\r\nuntil the end"), Raw(b"HTTP/1.0 200 OK\r\n\r\n"),
                                  Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
                                  Raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")], ids=str)
def test_any_2xx_is_delivered(ready, good):
    client = ready.start().client()
    with receiver(good, 500) as hook:
        delivery = ready.hooks.ended(ready.hooks.submit(client, "quick", hook.url))
        (attempt,) = delivery["attempts"]
        assert (delivery["status"], delivery["nextAttemptAt"], attempt["number"], attempt["error"]) == ("delivered", None, 1, None)
        assert 200 <= attempt["status"] < 300 and "127.0.0.1" in attempt["address"]
        assert all(TIME.fullmatch(moment) for moment in (delivery["createdAt"], delivery["endedAt"], attempt["startedAt"], attempt["endedAt"]))
        assert len(hook.requests) == 1


def test_what_fails_is_tried_three_times_more_each_later_than_the_last(ready):
    client = ready.start().client()
    with receiver(500, CLOSES, 404, 301) as hook:
        run = ready.hooks.submit(client, "quick", hook.url)
        delivery = ready.hooks.ended(run, seconds=60)
        assert (delivery["status"], delivery["nextAttemptAt"]) == ("failed", None) and delivery["endedAt"]
        assert [(attempt["number"], attempt["status"]) for attempt in delivery["attempts"]] == [(1, 500), (2, None), (3, 404), (4, 301)]
        assert all(attempt["error"] or attempt["status"] for attempt in delivery["attempts"]), "each says why"
        assert all(gap >= least for gap, least in zip(gaps(hook.requests), (0.1, 0.2, 0.4))), gaps(hook.requests)
        assert len({request.headers["webhook-id"] for request in hook.requests}) == 1 == len({request.body for request in hook.requests})
        time.sleep(2)
        assert len(hook.requests) == 4, "and no fifth time"


@pytest.mark.parametrize("retries", [0, 1])
def test_the_operator_may_want_fewer_retries(capid, retries):
    capid.shell_app("quick", "true")
    hooks = Hooks(capid, retries=retries)
    client = capid.start().client()
    with receiver(500) as hook:
        delivery = hooks.ended(hooks.submit(client, "quick", hook.url))
        time.sleep(1)
        assert (delivery["status"], len(delivery["attempts"]), len(hook.requests)) == ("failed", retries + 1, retries + 1)


def test_a_receiver_that_comes_back_gets_what_it_missed(ready):
    client = ready.start().client()
    with receiver(500, 503, 200) as hook:
        run = ready.hooks.submit(client, "quick", hook.url)
        delivery = ready.hooks.ended(run)
        assert (delivery["status"], [attempt["status"] for attempt in delivery["attempts"]]) == ("delivered", [500, 503, 200])
        assert [request.body for request in hook.requests] == [object_of(client, run)] * 3
        assert all(request.headers["webhook-signature"] == signature(ready.hooks.secret(), request) for request in hook.requests)


def test_410_ends_it_at_once(ready):
    client = ready.start().client()
    with receiver(410) as gone, receiver(500, 410) as later:
        for hook, statuses in ((gone, [410]), (later, [500, 410])):
            delivery = ready.hooks.ended(ready.hooks.submit(client, "quick", hook.url))
            assert (delivery["status"], [attempt["status"] for attempt in delivery["attempts"]]) == ("failed", statuses)
        time.sleep(1)
        assert (len(gone.requests), len(later.requests)) == (1, 2)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_never_followed(ready, status):
    client = ready.start().client()
    with receiver() as target, receiver(redirect(target.url, status), redirect(target.url, status), 200) as hook:
        delivery = ready.hooks.ended(ready.hooks.submit(client, "quick", hook.url))
        assert (delivery["status"], [attempt["status"] for attempt in delivery["attempts"]]) == ("delivered", [status, status, 200])
        assert target.connections == []


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(ready, status):
    client = ready.start().client()
    with receiver(Answer(status, {"Retry-After": "2"}), Answer(status, {"Retry-After": "0"}), 200) as hook:
        delivery = ready.hooks.ended(ready.hooks.submit(client, "quick", hook.url))
        first, second = gaps(hook.requests)
        assert delivery["status"] == "delivered" and first >= 1.99 and 0.2 <= second
        stamps = [int(request.headers["webhook-timestamp"]) for request in hook.requests]
        assert stamps[0] < stamps[1] and all(abs(stamp - request.time) <= 2 * support.PATIENCE for stamp, request in zip(stamps, hook.requests)), "of each attempt"


def test_nobody_can_put_it_off_for_longer_than_a_quarter_of_an_hour(ready):
    client = ready.start().client()
    for asked in ("86400", "999999999999"):
        with receiver(Answer(503, {"Retry-After": asked})) as hook:
            run = ready.hooks.submit(client, "quick", hook.url)
            support.wait_until(lambda: ready.hooks.deliveries("--run", run, "--status", "pending") and hook.requests)
            delivery = support.wait_until(lambda: (found := ready.hooks.of_run(run))["attempts"][0]["endedAt"] and found)
            assert (delivery["status"], len(hook.requests)) == ("pending", 1) and TIME.fullmatch(delivery["nextAttemptAt"])
            ((waits,),) = ready.database("SELECT next_attempt_at - delivery_attempts.ended_at FROM delivery_attempts JOIN deliveries ON id = delivery_id WHERE id = ?", delivery["id"])
            assert waits / 1000 == pytest.approx(15 * 60, abs=5)


@pytest.mark.parametrize("asked", ["soon", "-5", "", "1e9", "0", "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_what_is_no_later_time_is_no_reason_to_wait(ready, asked):
    """A date is none either: it would hang on two clocks."""
    client = ready.start().client()
    with receiver(Answer(503, {"Retry-After": asked})) as hook:
        delivery = ready.hooks.ended(ready.hooks.submit(client, "quick", hook.url))
        assert (delivery["status"], len(hook.requests)) == ("failed", 4)
        assert all(gap >= least for gap, least in zip(gaps(hook.requests), (0.1, 0.2, 0.4)))


def test_what_waits_at_a_stop_goes_out_after_the_next_start(capid):
    capid.shell_app("quick", "echo hello")
    capid.hooks = Hooks(capid, retry_base="2s")
    client = capid.start().client()
    with receiver(500, 200) as hook:
        run = capid.hooks.submit(client, "quick", hook.url)
        hook.wait(1)
        assert capid.stop() == 0
        time.sleep(3)
        assert len(hook.requests) == 1, "nobody sends while no server runs"
        capid.start()
        delivery = capid.hooks.ended(run)
        assert (delivery["status"], [attempt["status"] for attempt in delivery["attempts"]]) == ("delivered", [500, 200])
        assert {request.headers["webhook-id"] for request in hook.requests} == {delivery["id"]}


def test_a_stop_does_not_wait_for_a_receiver_that_does_not_answer(capid):
    capid.shell_app("quick", "echo hello")
    capid.hooks = Hooks(capid, timeout="120s")
    client = capid.start().client()
    with receiver(NEVER_ANSWERS, 200) as hook:
        run = capid.hooks.submit(client, "quick", hook.url)
        hook.wait(1)
        assert capid.hooks.of_run(run)["status"] == "sending"
        assert capid.stop(seconds=45) == 0
        capid.start()
        delivery = capid.hooks.ended(run)
        assert (delivery["status"], [attempt["status"] for attempt in delivery["attempts"]]) == ("delivered", [None, 200])


def test_what_ends_while_the_server_stops_is_told(ready):
    ready.shell_app("last", "sleep 1; echo done")
    client = ready.start().client()
    with receiver() as hook:
        run = ready.hooks.submit(client, "last", hook.url)
        support.wait_until(lambda: client.get(run)["status"] == "running")
        assert ready.stop() == 0
        client = ready.start().client()
        assert assert_told(ready, client, hook, run).json()["status"] == "completed"


def test_a_run_without_a_receiver_has_no_delivery(ready):
    client = ready.start().client()
    run = client.run("quick")["id"]
    assert ready.hooks.deliveries("--run", run) == [] == ready.hooks.deliveries()
    assert ready.database("SELECT count(*) FROM deliveries") == [(0,)]


def test_what_an_agent_says_oddly_arrives_as_json(ready):
    """Whatever an agent says, a receiver gets what a GET gives: bad bytes mended, control characters escaped."""
    ready.shell_app("odd", "printf 'a\\377\\000\\033\\342\\202\\254\"\\\\\\n'")
    client = ready.start().client()
    with receiver() as hook:
        told = assert_told(ready, client, hook, ready.hooks.submit(client, "odd", hook.url)).json()
        assert told["result"]["text"] == 'a\ufffd\ufffd\x1b€"\\\n'


def test_a_result_of_a_megabyte_arrives_whole(ready):
    ready.shell_app("full", "head -c 1048576 /dev/zero | tr '\\0' x")
    client = ready.start().client()
    with receiver() as hook:
        assert len(assert_told(ready, client, hook, ready.hooks.submit(client, "full", hook.url)).json()["result"]["text"]) == 1 << 20


def test_prefer_wait_and_a_webhook_go_together(ready):
    client = ready.start().client()
    with receiver() as hook:
        answer = client.request("POST", "/api/v1/apps/quick/runs", json={"webhookUrl": hook.url}, headers={"Prefer": "wait=30"})
        assert answer.status_code == 200 and json.loads(assert_told(ready, client, hook, answer.json()["id"]).body) == answer.json()

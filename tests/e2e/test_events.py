# SPDX-License-Identifier: Apache-2.0
"""A run's events, live and as a list; threads that several runs continue; waiting for a run's end."""
import json
import socket
import threading
import time

import capid as support
import contract
import pytest
import wire
from sse import Watcher

JSON = {"Accept": "application/json"}
STEPS = """
for n in 1 2 3; do echo "step $n" >&2; while ! test -e /workspace/go$n; do sleep 0.01; done; done
echo done
"""


def go(capid, number):
    """Lets the agent of STEPS, which works in a named workspace, take its next step."""
    (folder,) = (capid.data / "workspaces").iterdir()
    (folder / f"go{number}").touch()


def logs(events):
    return [event["data"]["text"] for event in events if event["type"] == "log"]


def test_a_watcher_sees_each_step_when_it_happens_and_the_stream_ends_with_the_run(capid):
    capid.shell_app("steps", STEPS)
    client = capid.start().client()
    run = client.request("POST", "/api/v1/apps/steps/runs", json={"workspaceId": "w"}).json()["id"]
    seen = []
    for identifier, event in Watcher(client, run):
        contract.contract().validate({"$ref": "#/components/schemas/Event"}, event)
        assert identifier == event["sequence"] and event["runId"] == run
        seen.append(event)
        if event["type"] == "log":
            assert client.get(run)["status"] == "running", "seen while it runs"
            go(capid, len(logs(seen)))
    assert logs(seen) == ["step 1\n", "step 2\n", "step 3\n"]
    assert [event["data"]["status"] for event in seen if event["type"] == "status"] == ["running", "completed"]
    assert [event["sequence"] for event in seen] == list(range(1, len(seen) + 1))
    listed = client.request("GET", f"/api/v1/runs/{run}/events", headers=JSON).json()
    assert listed == {"events": seen, "nextAfter": None}
    assert [event for _, event in Watcher(client, run)] == seen, "all of it again once the run is over"
    for last in (0, 2, len(seen), len(seen) + 5):
        assert [event for _, event in Watcher(client, run, last)] == seen[last:], "Last-Event-ID resumes"


def test_a_pending_run_is_watched_from_before_its_start(capid):
    capid.shell_app("slow", "sleep 0.5; echo said >&2", "concurrency: 1")
    client = capid.start().client()
    client.submit("slow")
    waiting = client.submit("slow")
    assert logs(event for _, event in Watcher(client, waiting)) == ["said\n"]


def test_a_run_that_never_began_has_no_events_and_its_stream_ends(capid):
    capid.shell_app("slow", "sleep 30", "concurrency: 1")
    client = capid.start().client()
    first, waiting = client.submit("slow"), client.submit("slow")
    ended = threading.Event()
    seen = []

    def watch():
        seen.extend(Watcher(capid.client(client.key), waiting))
        ended.set()

    threading.Thread(target=watch, daemon=True).start()
    time.sleep(0.3)
    assert not ended.is_set()
    client.request("POST", f"/api/v1/runs/{waiting}/cancel")
    assert ended.wait(10) and seen == []
    client.request("POST", f"/api/v1/runs/{first}/cancel")


def test_pages_of_events(capid):
    capid.shell_app("artifacts", "for n in $(seq 150); do echo $n > /out/$n.txt; done")
    client = capid.start().client()
    run = client.run("artifacts")
    for path in (f"/api/v1/runs/{run['id']}/events", f"/api/v1/threads/{run['threadId']}"):
        pages, after = [], 0
        while after is not None:
            page = client.request("GET", f"{path}?after={after}&limit=60", headers=JSON).json()
            pages.append(page["events"])
            after = page["nextAfter"]
        assert [len(page) for page in pages] == [60, 60, 32]
        assert [event["sequence"] for page in pages for event in page] == list(range(1, 153))
    assert len(client.request("GET", f"/api/v1/threads/{run['threadId']}").json()["events"]) == 100


def test_a_thread_is_continued_and_the_agent_finds_what_was_before(capid):
    capid.shell_app("talk", "test -e /in/thread.jsonl && cat /in/thread.jsonl; echo hello from $CAPI_RUN_ID >&2")
    client = capid.start().client()
    first = client.run("talk")
    assert first["result"]["text"] == "", "no earlier events, no file"
    second = client.wait(client.request("POST", "/api/v1/apps/talk/runs", json={"threadId": first["threadId"]}).json()["id"])
    assert second["threadId"] == first["threadId"]
    thread = client.request("GET", f"/api/v1/threads/{first['threadId']}").json()
    assert [event["sequence"] for event in thread["events"]] == [1, 2, 3, 4, 5, 6]
    assert [event["runId"] for event in thread["events"]] == [first["id"]] * 3 + [second["id"]] * 3
    assert [json.loads(line) for line in second["result"]["text"].splitlines()] == thread["events"][:3]
    assert client.request("GET", f"/api/v1/runs/{second['id']}/events", headers=JSON).json()["events"] == thread["events"][3:]
    assert [event["sequence"] for _, event in Watcher(client, second["id"])] == [4, 5, 6]


def test_one_run_at_a_time_on_a_thread(capid):
    capid.shell_app("talk", "sleep 60")
    capid.shell_app("quick", "true")
    client = capid.start().client()
    run = client.submit("talk")
    support.wait_until(lambda: client.get(run)["threadId"])
    thread = client.get(run)["threadId"]

    def answer(app, thread):
        answer = client.request("POST", f"/api/v1/apps/{app}/runs", json={"threadId": thread})
        return answer.status_code, answer.json().get("error", {}).get("code")

    assert answer("talk", thread) == (409, "THREAD_BUSY")
    assert answer("quick", thread) == (404, "THREAD_NOT_FOUND"), "a thread is of one app"
    assert answer("talk", "01a21337-ee79-7001-9321-b3c475b470bf") == (404, "THREAD_NOT_FOUND")
    client.request("POST", f"/api/v1/runs/{run}/cancel")
    waiting = client.request("POST", "/api/v1/apps/talk/runs", json={"threadId": thread}).json()["id"]
    assert client.get(waiting)["threadId"] in (None, thread), "null until the agent starts"
    assert answer("talk", thread) == (409, "THREAD_BUSY")
    client.request("POST", f"/api/v1/runs/{waiting}/cancel")


@pytest.mark.parametrize("script, status", [("echo fine", "completed"), ("exit 3", "failed")])
def test_prefer_wait_answers_with_the_run_as_soon_as_it_is_over(capid, script, status):
    capid.shell_app("app", f"sleep 0.3; {script}")
    client = capid.start().client()
    wide = client.request("POST", "/api/v1/runs", json={"appId": "app"}, headers={"Prefer": "wait=30"})
    assert (wide.status_code, wide.json()["status"]) == (200, status)
    answer = client.request("POST", "/api/v1/apps/app/runs", json={}, headers={"Prefer": "respond-async, wait=30"})
    assert (answer.status_code, answer.json()["status"], answer.headers["Preference-Applied"]) == (200, status, "wait=30")
    assert client.get(answer.json()["id"]) == answer.json()
    assert answer.headers["Location"].endswith(answer.json()["id"])


def test_prefer_wait_gives_the_plain_202_where_the_run_takes_longer(capid):
    capid.shell_app("slow", "sleep 30")
    client = capid.start().client()
    for wait, applied in (("wait=1", "wait=1"), ("wait=0", "wait=0"), ("wait=soon", None), ("handling=lenient", None)):
        answer = client.request("POST", "/api/v1/apps/slow/runs", json={}, headers={"Prefer": wait})
        assert (answer.status_code, answer.json()["status"], answer.headers.get("Preference-Applied")) == (202, "pending", applied)
        client.request("POST", f"/api/v1/runs/{answer.json()['id']}/cancel")


def test_hanging_up_while_waiting_cancels_nothing(capid):
    capid.shell_app("app", "sleep 1; echo done")
    client = capid.start().client()
    with pytest.raises(support.requests.Timeout):
        client.request("POST", "/api/v1/apps/app/runs", json={}, headers={"Prefer": "wait=30"}, timeout=0.3)
    (run,) = client.request("GET", "/api/v1/runs").json()["runs"]
    assert client.wait(run["id"])["status"] == "completed"


def test_watchers_and_waiters_are_let_go_when_the_server_stops():
    with support.server(config="runs: {shutdown_grace: 1s, concurrency: 1}\n") as capid:
        capid.shell_app("slow", "sleep 60")
        client = capid.start().client()
        running, pending = client.submit("slow"), client.submit("slow")
        ended = []

        def watch(run):
            types = []
            try:
                for _, event in Watcher(capid.client(client.key), run):
                    types.append(event["type"])
            except support.requests.exceptions.ChunkedEncodingError:
                types.append("broken")   # not the run's end: whoever wants that comes back
            ended.append((run, types))

        threads = [threading.Thread(target=watch, args=(run,), daemon=True) for run in (running, pending)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        assert capid.stop(20) == 0
        for thread in threads:
            thread.join(10)
        assert sorted(ended) == sorted([(running, ["status", "status"]), (pending, ["broken"])])


def raw_watcher(client, run):
    """A watcher that reads nothing, with as little room for what it does not read as there is."""
    connection = wire.connect(client.url, room=4096)
    connection.sendall(wire.head(client, "GET", f"/api/v1/runs/{run}/events"))
    return connection


def threads_of(capid):
    return len(list((support.pathlib.Path("/proc") / str(capid.server_pid()) / "task").iterdir()))


def test_a_watcher_that_stops_reading_slows_nobody_and_is_dropped(capid):
    """Its run says more than any buffer holds (a control character takes six in JSON). Another watcher and other runs go on
    meanwhile, and its thread is given back."""
    capid.shell_app("loud", "for n in $(seq 20); do head -c 50000 /dev/zero | tr '\\0' '\\1' >&2; echo >&2; sleep 0.3; done")
    capid.shell_app("quick", "true")
    client = capid.start().client()
    loud = client.run("loud", seconds=120)
    size = sum(len(json.dumps(event)) for _, event in Watcher(client, loud["id"]))
    assert size > 5 << 20
    before = threads_of(capid)
    stuck = [raw_watcher(client, loud["id"]) for _ in range(5)]
    support.wait_until(lambda: threads_of(capid) >= before + 4, what="a thread for each of them")
    began = time.monotonic()
    assert sum(len(json.dumps(event)) for _, event in Watcher(client, loud["id"])) == size, "the other watcher gets everything"
    assert client.run("quick")["status"] == "completed"
    assert time.monotonic() - began < 25 * support.PATIENCE, "long before the stuck ones are given up"
    support.wait_until(lambda: threads_of(capid) <= before + 1, 75, "the end of the stuck watchers' threads")
    for connection in stuck:
        assert len(wire.read_rest(connection)) < size, "it was dropped, not served"
        connection.close()


def test_a_stream_ends_with_its_key(capid):
    capid.shell_app("talks", "while :; do echo word >&2; sleep 0.2; done")
    client = capid.start().client()
    run = client.submit("talks")
    watcher = capid.client(capid.key(name="watcher"))
    seen = 0
    with pytest.raises(support.requests.exceptions.ChunkedEncodingError):
        for _ in Watcher(watcher, run):
            seen += 1
            if seen == 3:
                keys = json.loads(capid.cli("keys", "list", "--json").stdout)
                capid.cli("keys", "revoke", next(key["id"] for key in keys if key["name"] == "watcher"))
    assert 3 <= seen < 20
    assert watcher.request("GET", f"/api/v1/runs/{run}").status_code == 401
    client.request("POST", f"/api/v1/runs/{run}/cancel")


def test_pages_end_sooner_where_events_are_large(capid):
    capid.shell_app("loud", "head -c 900000 /dev/zero | tr '\\0' x >&2; sleep 0.5")
    client = capid.start().client()
    thread = client.run("loud")["threadId"]
    for _ in range(6):
        client.wait(client.request("POST", "/api/v1/apps/loud/runs", json={"threadId": thread}).json()["id"])
    sequences, after, pages = [], 0, 0
    while after is not None:
        page = client.request("GET", f"/api/v1/threads/{thread}?limit=1000&after={after}")
        assert len(page.content) < 6 << 20
        sequences += [event["sequence"] for event in page.json()["events"]]
        after, pages = page.json()["nextAfter"], pages + 1
    assert pages > 1 and sequences == list(range(1, sequences[-1] + 1))


BEHIND = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 500   # more than a server reads at once


def line(client, run):
    """A watcher with more behind its request, which nobody reads while the server has something to say; and how it was answered."""
    connection = wire.connect(client.url)
    connection.sendall(wire.head(client, "GET", f"/api/v1/runs/{run}/events") + BEHIND)
    return connection, wire.answer(connection).status


def hang_up(lines):
    """What is said to them still comes through, so that nothing but the hang-up can end them."""
    for connection, _ in lines:
        connection.shutdown(socket.SHUT_WR)
    support.wait_until(lambda: all(wire.is_over(connection) for connection, _ in lines), 60, "the end of lines that were hung up")
    for connection, _ in lines:
        connection.close()


def test_a_hang_up_is_seen_behind_bytes_that_nobody_reads(capid):
    capid.shell_app("silent", "sleep 300")
    client = capid.start().client()
    lines = [line(client, client.submit("silent")) for _ in range(3)]
    assert [status for _, status in lines] == [200] * 3
    hang_up(lines)


def test_an_account_holds_half_of_all_lines_and_gets_back_what_it_hangs_up(capid, many_descriptors):
    capid.shell_app("silent", "sleep 300")
    capid.start().cli("accounts", "add", "ada")
    ada, other = capid.client(capid.key(account="ada")), capid.client()
    run, others = ada.submit("silent"), other.submit("silent")
    for _ in range(2):
        lines = [line(ada, run) for _ in range(1000)]
        assert {status for _, status in lines} == {200}
        refused = ada.request("GET", f"/api/v1/runs/{run}/events")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "QUEUE_FULL") and "over 1000 connections already" in refused.text
        lines.append(line(other, others))
        assert lines[-1][1] == 200
        hang_up(lines)

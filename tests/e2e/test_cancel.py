# SPDX-License-Identifier: Apache-2.0
"""Cancel: when it says success, every process is dead and the run is cancelled."""
import threading
import time

import capid as support
import pytest

# Each writes its mark into its command line, so that its processes are found from outside.
AGENTS = {
    "well-behaved": "sleep 300",
    "ignores TERM": "trap '' TERM; sleep 300 & wait; sleep 300",
    "stopped": "kill -STOP $$; sleep 300",
    "double-forked": "(setsid sh -c 'trap \"\" TERM; sleep 300' & ) ; sleep 300",
    "leaves orphans": "for n in 1 2 3 4 5; do (trap '' TERM; sleep 300) & done; exec sleep 300",
    "ends well when told": "trap 'echo bye; exit 0' TERM; sleep 300 & wait",
}


def processes_with(mark):
    found = []
    for entry in support.pathlib.Path("/proc").iterdir():
        try:
            environment = (entry / "environ").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if mark.encode() in environment:
            found.append((entry / "cmdline").read_bytes())
    return found


@pytest.mark.parametrize("kind", AGENTS)
def test_a_cancelled_runs_processes_are_gone_when_the_answer_arrives(capid, kind):
    capid.shell_app("agent", "echo begun >&2\n" + AGENTS[kind])
    client = capid.start().client()
    run = client.submit("agent")
    mark = f"CAPI_RUN_ID={run}"
    support.wait_until(lambda: processes_with(mark), what="the agent's start")
    support.wait_until(lambda: "begun" in client.request("GET", f"/api/v1/runs/{run}/events", headers={"Accept": "application/json"}).text)
    answer = client.request("POST", f"/api/v1/apps/agent/runs/{run}/cancel")
    left = processes_with(mark)
    assert (answer.status_code, answer.json(), left) == (200, {"success": True}, [])
    got = client.get(run)
    assert (got["status"], got["result"], got["errorCode"], got["errorMessage"]) == ("cancelled", None, None, None)
    assert got["completedAt"] and got["usage"]["credits"] == 1, "it had begun, so it is charged"


def test_simultaneous_cancels_all_succeed(capid):
    capid.shell_app("agent", "trap '' TERM; echo deaf >&2; sleep 300")
    client = capid.start().client()
    run = client.submit("agent")
    support.wait_until(lambda: "deaf" in client.request("GET", f"/api/v1/runs/{run}/events", headers={"Accept": "application/json"}).text)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(capid.client(client.key).request("POST", f"/api/v1/runs/{run}/cancel").status_code)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [200] * 8
    assert client.request("POST", f"/api/v1/runs/{run}/cancel").status_code == 409


def test_a_pending_run_is_cancelled_at_once_refunded_and_makes_room():
    with support.server(config="runs: {concurrency: 1, queue_limit: 1}\ncredits: {enforce: true, starting_balance: 10}\n") as capid:
        capid.shell_app("slow", "sleep 60")
        client = capid.start().client()
        first = client.submit("slow")
        support.wait_until(lambda: client.get(first)["status"] == "running")
        waiting = client.submit("slow")
        assert client.request("POST", "/api/v1/apps/slow/runs", json={}).status_code == 503
        assert client.request("POST", f"/api/v1/runs/{waiting}/cancel").json() == {"success": True}
        got = client.get(waiting)
        assert (got["status"], got["startedAt"], got["threadId"], got["usage"]["credits"]) == ("cancelled", None, None, 0)
        assert client.request("GET", "/api/v1/usage").json()["balance"] == 9
        third = client.submit("slow")
        client.request("POST", f"/api/v1/runs/{first}/cancel")
        support.wait_until(lambda: client.get(third)["status"] == "running")
        assert client.get(waiting) == got, "it never runs"


def test_what_a_cancelled_run_left_is_in_artifacts_only(capid):
    capid.shell_app("agent", "echo half > /out/half.txt; echo begun >&2; sleep 60")
    client = capid.start().client()
    run = client.submit("agent")
    support.wait_until(lambda: "begun" in client.request("GET", f"/api/v1/runs/{run}/events", headers={"Accept": "application/json"}).text)
    client.request("POST", f"/api/v1/runs/{run}/cancel")
    assert client.get(run)["result"] is None
    assert [artifact["title"] for artifact in client.request("GET", f"/api/v1/runs/{run}/artifacts").json()["artifacts"]] == ["half.txt"]


def test_cancels_at_every_moment_of_a_short_life_end_in_one_of_two_ways(capid):
    """The run is cancelled and the answer says so, or it ended first and the answer says that: never anything else."""
    capid.shell_app("quick", "sleep 0.02; echo done")
    client = capid.start().client()
    seen = set()
    for step in range(60):
        run = client.submit("quick")
        time.sleep(step * 0.001)
        answer = client.request("POST", f"/api/v1/runs/{run}/cancel")
        status = client.wait(run)["status"]
        seen.add((answer.status_code, status))
    assert seen <= {(200, "cancelled"), (409, "completed")}
    assert capid.database("SELECT count(*) FROM ledger WHERE kind = 'reserve'") == capid.database("SELECT count(*) FROM ledger WHERE kind = 'release'")


def test_a_shutdown_does_not_forget_a_cancel(capid):
    capid.shell_app("agent", "trap '' TERM; sleep 300")
    client = capid.start().client()
    run = client.submit("agent")
    support.wait_until(lambda: client.get(run)["status"] == "running")
    cancel = threading.Thread(target=lambda: client.request("POST", f"/api/v1/runs/{run}/cancel"))
    cancel.start()
    time.sleep(0.2)
    assert capid.stop() == 0
    cancel.join(30)
    assert capid.database("SELECT status FROM runs") == [("cancelled",)]

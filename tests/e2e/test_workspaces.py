# SPDX-License-Identifier: Apache-2.0
"""Workspaces: named folders that outlive runs, in which runs take turns."""
import os

import capid as support
import pytest


def in_workspace(client, app, workspace="w", **more):
    answer = client.request("POST", f"/api/v1/apps/{app}/runs", json={"workspaceId": workspace, **more})
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def test_what_a_run_leaves_there_the_next_one_finds(user):
    with support.server(user=user) as capid:
        capid.shell_app("keeps", "cat /workspace/notes 2>/dev/null; pwd; echo $CAPI_RUN_ID >> /workspace/notes; mkdir -p deep/er; echo x > deep/er/x")
        client = capid.start().client()
        first = client.wait(in_workspace(client, "keeps"))
        assert first["result"]["text"] == "/workspace\n", "it is the working directory"
        assert first["result"]["artifacts"] == [], "what lies there is no artifact"
        capid.stop()
        client = capid.start().client(client.key)
        second = client.wait(in_workspace(client, "keeps"))
        assert second["result"]["text"] == f"{first['id']}\n/workspace\n"
        assert client.text("keeps") == "/workspace\n", "without a name it is a scratch folder"
        (workspace,) = client.request("GET", "/api/v1/workspaces").json()["workspaces"]
        assert workspace["id"] == "w" and workspace["sizeBytes"] > 0


def test_runs_in_one_take_turns_in_submit_order_and_others_do_not_wait(capid):
    capid.shell_app("turn", "test -e busy && echo overlap; touch busy; sleep 0.5; rm busy; echo $CAPI_RUN_ID >> order")
    capid.shell_app("order", "cat order")
    client = capid.start().client()
    ids = [in_workspace(client, "turn") for _ in range(6)]
    assert client.run("turn")["status"] == "completed"
    assert client.get(ids[-1])["status"] == "pending", "a run elsewhere does not wait for them"
    for run in ids:
        assert client.wait(run)["result"]["text"] == ""
    assert client.wait(in_workspace(client, "order"))["result"]["text"].split() == ids


def test_the_turn_moves_on_when_a_run_is_cancelled_or_expires(capid):
    capid.shell_app("slow", "sleep 30")
    capid.shell_app("quick", "echo done")
    client = capid.start().client()
    first = in_workspace(client, "slow")
    support.wait_until(lambda: client.get(first)["status"] == "running")
    second, third, fourth = in_workspace(client, "quick"), in_workspace(client, "quick", ttlSeconds=1), in_workspace(client, "quick")
    client.request("POST", f"/api/v1/runs/{second}/cancel")
    assert client.wait(third)["errorCode"] == "EXPIRED"
    client.request("POST", f"/api/v1/runs/{first}/cancel")
    assert client.wait(fourth, 20)["result"]["text"] == "done\n"


@pytest.mark.parametrize("end", ["cancel", "ttl"])
def test_who_stood_behind_a_run_that_never_started_starts_at_once(capid, end):
    """The run ahead waits for its app's turn alone: once it is over, nothing else needs to happen."""
    capid.shell_app("busy", "sleep 60", "concurrency: 1")
    capid.shell_app("quick", "echo done")
    client = capid.start().client()
    hour = client.submit("busy")
    support.wait_until(lambda: client.get(hour)["status"] == "running")
    ahead = in_workspace(client, "busy", **({"ttlSeconds": 2} if end == "ttl" else {}))
    behind = in_workspace(client, "quick")
    assert client.get(behind)["status"] == "pending"
    if end == "cancel":
        client.request("POST", f"/api/v1/runs/{ahead}/cancel")
    assert client.wait(behind, 20)["status"] == "completed"
    assert client.get(hour)["status"] == "running"


def test_order_outlives_a_kill(capid):
    capid.shell_app("turn", "sleep 0.1; echo $CAPI_RUN_ID >> order; cat order", "on_interrupt: retry")
    client = capid.start().client()
    ids = [in_workspace(client, "turn") for _ in range(5)]
    capid.kill()
    client = capid.start().client(client.key)
    texts = [client.wait(run)["result"]["text"].split() for run in ids]
    assert [lines[-1] for lines in texts] == ids
    assert len(texts[-1]) in (5, 6), "one may have been tried twice"


def test_the_size_limit_holds_during_a_run(capid):
    capid.shell_app("fills", "for n in 1 2 3 4; do head -c 10M /dev/zero > /workspace/$n; done; sleep 60", "limits: {disk: 16MiB}")
    capid.shell_app("quick", "for n in 1 2; do head -c 10M /dev/zero > /workspace/$n; done", "limits: {disk: 16MiB}")
    capid.shell_app("sparse", "truncate -s 10G /workspace/sparse; rm /workspace/sparse", "limits: {disk: 16MiB}")
    capid.shell_app("hides", "mkdir /workspace/dark; for n in 1 2; do head -c 10M /dev/zero > /workspace/dark/$n; done; chmod 0 /workspace/dark", "limits: {disk: 16MiB}")
    capid.shell_app("digs", "i=0; while [ $i -lt 150 ]; do mkdir d; cd d; i=$((i+1)); done", "limits: {disk: 16MiB}")
    client = capid.start().client()
    for app in ("fills", "quick", "hides", "digs"):
        run = client.wait(in_workspace(client, app, workspace=app), 30)
        assert (run["status"], run["errorCode"]) == ("failed", "OUTPUT_TOO_LARGE")
        assert "workspace" in run["errorMessage"] and "16 MiB" in run["errorMessage"]
        assert client.request("DELETE", f"/api/v1/workspaces/{app}").json() == {"success": True}
    assert list((capid.data / "workspaces").iterdir()) == [], "also what was closed or deep is gone"
    assert client.wait(in_workspace(client, "sparse"))["status"] == "completed"


def test_one_is_removed_with_all_it_holds_but_not_under_a_run(capid):
    capid.shell_app("slow", "echo x > /workspace/x; sleep 30")
    capid.shell_app("looks", "ls /workspace")
    client = capid.start().client()
    run = in_workspace(client, "slow")
    support.wait_until(lambda: client.get(run)["status"] == "running")
    busy = client.request("DELETE", "/api/v1/workspaces/w")
    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "WORKSPACE_BUSY")
    client.request("POST", f"/api/v1/runs/{run}/cancel")
    assert client.request("DELETE", "/api/v1/workspaces/w").json() == {"success": True}
    assert list((capid.data / "workspaces").iterdir()) == []
    assert client.request("GET", "/api/v1/workspaces").json() == {"workspaces": []}
    assert client.wait(in_workspace(client, "looks"))["result"]["text"] == "", "the same name, made anew"
    (capid.data / "workspaces/left-by-a-crash").mkdir()
    capid.stop()
    capid.start()
    assert len(list((capid.data / "workspaces").iterdir())) == 1


def test_hostile_content_reaches_nothing_outside(capid):
    """Links that point out, a set-user-id program, odd names: they are of use neither inside nor to the server."""
    capid.shell_app("plants", "ln -s / root; ln -s ../../capid.db db; cp /bin/sh s; chmod 4755 s; mkfifo pipe; touch \"$(printf 'a\\nb')\"; ls")
    capid.shell_app("uses", "cat root/capid.db db 2>&1 | head -c 100; ./s -c 'id -u'; cat /proc/self/mountinfo | grep ' /workspace '")
    client = capid.start().client()
    client.wait(in_workspace(client, "plants"))
    text = client.wait(in_workspace(client, "uses"))["result"]["text"]
    assert "1000\n" in text and "SQLite" not in text
    mount = next(line for line in text.splitlines() if " /workspace " in line)
    assert "nosuid" in mount and "nodev" in mount
    assert client.request("DELETE", "/api/v1/workspaces/w").status_code == 200
    assert (capid.data / "capid.db").exists() and os.path.exists("/bin/sh")

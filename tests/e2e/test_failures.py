# SPDX-License-Identifier: Apache-2.0
"""Faults of the machine, made on purpose: each ends in the contract's words, and nothing is lost by it."""
import concurrent.futures
import subprocess
import threading

import capid as support
import pytest


def blob_of(capid, table, run):
    return capid.data / "files/blobs" / capid.database(f"SELECT blob FROM {table} WHERE run_id = ?", run)[0][0]


def test_an_artifact_whose_file_is_gone_is_an_internal_error(capid):
    capid.shell_app("app", "echo x > /out/x.txt")
    client = capid.start().client()
    run = client.run("app")
    blob_of(capid, "artifacts", run["id"]).unlink()
    answer = client.request("GET", run["result"]["artifacts"][0]["downloadUrl"])
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "INTERNAL")
    assert str(capid.data) not in answer.text, "no path of the host in an answer"


def test_a_range_that_is_not_in_the_file(capid):
    capid.shell_app("app", "echo x > /out/x.txt")
    client = capid.start().client()
    url = client.run("app")["result"]["artifacts"][0]["downloadUrl"]
    assert client.request("GET", url, headers={"Range": "bytes=0-0"}).status_code == 206
    answer = client.request("GET", url, headers={"Range": "bytes=100-200"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (416, "INVALID_PARAMETER")


def test_a_run_whose_attachment_is_gone_is_not_started_and_costs_nothing(capid):
    capid.shell_app("slow", "sleep 30", "concurrency: 1")
    client = capid.start().client()
    first = client.submit("slow")
    support.wait_until(lambda: client.get(first)["status"] == "running")
    waiting = client.submit("slow", files=[("files", ("a.txt", b"x"))])
    blob_of(capid, "run_files", waiting).unlink()
    refused = client.request("POST", f"/api/v1/runs/{waiting}/replay")
    assert refused.status_code == 500 and str(capid.root) not in refused.text
    assert str(capid.data) in capid.log(), "the path is the log's"
    client.request("POST", f"/api/v1/runs/{first}/cancel")
    run = client.wait(waiting)
    assert (run["errorCode"], run["usage"]["credits"]) == ("SANDBOX_SETUP_FAILED", 0)


def test_a_run_whose_artifacts_cannot_be_kept_says_so_and_is_refunded(capid):
    capid.shell_app("app", "echo begun >&2; sleep 1; echo x > /out/x.txt")
    client = capid.start().client()
    run = client.submit("app")
    support.wait_until(lambda: client.get(run)["status"] == "running")
    incoming = capid.data / "files/incoming"
    incoming.rmdir()
    got = client.wait(run)
    assert (got["status"], got["errorCode"], got["usage"]["credits"]) == ("failed", "INTERNAL", 0)
    assert got["errorMessage"] == "what the run left could not be kept: a file cannot be made"
    incoming.mkdir(mode=0o700)
    if support.IS_ROOT:
        support.os.chown(incoming, support.NOBODY, support.NOBODY)
    assert client.run("app")["status"] == "completed"


# The data folder on a small file system of its own, in a mount namespace that goes with the server.
SMALL_DISK = ["unshare", "--mount", "--propagation", "private", "sh", "-c", 'mount -t tmpfs -o size=24m,mode=0777 none "$1" && shift && exec "$@"', "sh"]


@pytest.mark.skipif(not support.IS_ROOT, reason="mounting needs root; the tests are run as root")
def test_a_full_disk_refuses_runs_until_there_is_room_and_reads_go_on():
    with support.server(config="runs: {min_free_disk: 0B}\n") as capid:
        capid.wrapper = [*SMALL_DISK, str(capid.data)]
        capid.shell_app("app", "echo done")
        capid.start()
        inside = ["nsenter", "--mount", f"--target={capid.process.pid}"]
        make_key = [*inside, *support.as_user([support.BINARY, "keys", "create", "--name", "k", "--data", capid.data], "ordinary")]
        client = capid.client(subprocess.run(make_key, capture_output=True, text=True, check=True).stdout.strip())
        run = client.run("app")
        fill = subprocess.run([*inside, "sh", "-c", f"head -c 100M /dev/zero > {capid.data}/filler"], capture_output=True, check=False)
        assert fill.returncode != 0, "the disk is full"
        metadata = {f"k{n}": "v" * 500 for n in range(32)}

        def refused():
            return client.request("POST", "/api/v1/apps/app/runs", json={"metadata": metadata})

        answers = [refused() for _ in range(20)]
        unavailable = [answer for answer in answers if answer.status_code == 503]
        assert unavailable and unavailable[-1].json()["error"]["code"] == "STORE_UNAVAILABLE"
        assert int(unavailable[-1].headers["Retry-After"]) > 0
        assert client.get(run["id"]) == run
        subprocess.run([*inside, "rm", f"{capid.data}/filler"], check=True)
        accepted = [answer.json()["id"] for answer in answers if answer.status_code == 202]
        for one in [*accepted, refused().json()["id"]]:
            assert client.wait(one)["status"] == "completed"


def test_a_run_that_finds_no_descriptors_is_refused_and_costs_nothing(capid):
    """The fork server's own limit: what comes with a run's orders does not reach it any more."""
    capid.shell_app("app", "echo done")
    client = capid.start().client()
    assert client.text("app") == "done\n"
    fork_server = subprocess.run(["pgrep", "-P", str(capid.server_pid())], capture_output=True, text=True, check=True).stdout.strip()
    open_files = next(line for line in open(f"/proc/{fork_server}/limits") if line.startswith("Max open files")).split()
    soft, hard = open_files[3:5]
    assert soft == hard, "it takes what it may have"

    def limit(most):
        subprocess.run(support.as_user(["prlimit", "--pid", fork_server, f"--nofile={most}:{hard}"], "ordinary"), check=True)

    limit(3)
    run = client.run("app")
    assert (run["errorCode"], run["usage"]["credits"]) == ("SANDBOX_SETUP_FAILED", 0), run
    limit(soft)
    assert client.text("app") == "done\n"


@pytest.mark.skipif(not support.IS_ROOT, reason="takes root, who alone can give servers cgroups here")
def test_servers_that_start_at_the_same_time_each_have_cgroups():
    """Also where somebody cleans up meanwhile."""
    def limited(_):
        with support.server(user="root") as capid:
            capid.start().stop()
            return "no cgroups are delegated" not in capid.log()

    stop = threading.Event()
    sweeper = threading.Thread(target=lambda: [support.remove_cgroups() for _ in iter(stop.is_set, True)])
    sweeper.start()
    try:
        with concurrent.futures.ThreadPoolExecutor(6) as many:
            assert list(many.map(limited, range(30))) == [True] * 30
    finally:
        stop.set()
        sweeper.join()

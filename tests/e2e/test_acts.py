# SPDX-License-Identifier: Apache-2.0
"""The acts that must fail, each tried by a probe of its own in a run of a real server, started as root and by an ordinary user.

Numbers are those of the design of the sandbox. The positive controls are in test_act_controls.py.
"""
import os
import pathlib
import re
import shutil
import subprocess
import time

import acts
import capid as support
import gateway
import pytest
from act_tables import ACTS, KILLED, PAIRS, SCRATCH
from acts import attachment, lines, namespaces
from models import Answer, ModelServer

REQUIRED = {*range(1, 66)}

SECRET = "never-seen-inside"


def add_apps(world):
    for act in ACTS:
        world.app_for(act)
    for number, _, probe, _ in KILLED:
        world.app(f"a{number:02}", probe)
    for pair in PAIRS:
        world.app(f"a{pair.number:02}-hold", pair.probe, "hold", *pair.words)
        world.app(f"a{pair.number:02}-try", pair.probe, "try", *pair.words)
    world.app("a05", "a05_environment")
    world.app("a10", "a10_mount_inside")
    world.app("a28-hold", "a28_sibling", "hold", world.mark + "-28")
    world.app("a28-try", "a28_sibling", "try", "/in/files/x.txt")
    world.app("a45", "a45_kill_everyone")
    world.app("a46", "a46_fork_bomb", 1000, pids=32)
    world.app("a47", "a47_memory_bomb", 1024, memory="64MiB", disk="1MiB")
    world.app("a48", "a48_fill_disk", 1 << 30, *SCRATCH, disk="1MiB")
    world.app("a49", "a49_fill_inodes", 1 << 20, *SCRATCH, disk="1MiB")
    world.app("a50", "a50_sparse_file", 64 << 20, disk="64MiB")
    world.app("a51", "a51_odd_artifacts")
    world.app("a53", "a53_many_artifacts", 12_000)
    world.app("a54", "a54_symlink_swap")
    world.app("a55-ever", "a55_flood", timeout="3s")
    world.app("a55-much", "a55_flood", 256)
    world.app("a56", "a56_exhaust", 100_000)
    world.app("a57", "a57_stop_everyone", world.mark + "-57", timeout="1s")
    world.app("a58-leave", "a58_daemon", "leave", world.mark + "-58")
    world.app("a58-stay", "a58_daemon", "stay", world.mark + "-58", timeout="1s")
    world.app("a60", "a60_segfault")
    world.app("a62", "a62_ran")


@pytest.fixture(scope="module")
def host():
    with acts.host() as made:
        yield made


@pytest.fixture(scope="module", params=support.WAYS)
def world(request, host):
    with support.server(user=request.param, config="runs: {concurrency: 16}\n") as capid:
        host.server_data = capid.data
        made = acts.World(capid, host)
        add_apps(made)
        os.environ["CAPID_ACTS_SECRET"] = SECRET
        capid.start()
        del os.environ["CAPID_ACTS_SECRET"]
        made.client = capid.client()
        yield made
        assert capid.stop() == 0


@pytest.fixture(scope="module")
def paid(world):
    """Acts against the gateway need models: a server of their own, started like the world's. The table is the same."""
    with ModelServer(lambda call: Answer(input=1000, tokens=100)) as server, support.server(user=world.capid.user) as capid:
        made = acts.World(capid, world.host)
        made.outcomes, made.models = world.outcomes, server
        made.house = gateway.Gateway(capid, server, models=("mine", "others"))
        made.app("a43", "a43_other_gateway", 61001, 61004)
        made.app("a44", "a44_overspend", 6)
        made.client = made.house.start().client
        yield made


@pytest.mark.parametrize("act", ACTS, ids=[f"{act.number:02}-{act.probe[4:]}" for act in ACTS])
def test_act(world, act):
    with world.act(act.number, act.what):
        expected = act.expected(world.host) if callable(act.expected) else act.expected
        world.expect(f"a{act.number:02}", expected, files=attachment())


@pytest.mark.parametrize("number, what, probe, number_of_signal", KILLED, ids=[probe for _, _, probe, _ in KILLED])
def test_an_act_that_is_killed_for_trying(world, number, what, probe, number_of_signal):
    with world.act(number, what):
        world.expect_failure(f"a{number:02}", "AGENT_KILLED", f"was killed by signal {int(number_of_signal)} ")


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{pair.number:02}-{pair.probe[4:]}" for pair in PAIRS])
def test_an_act_of_two_runs(world, pair):
    with world.act(pair.number, pair.what):
        holds = world.client.submit(f"a{pair.number:02}-hold", files=attachment())
        world.wait_for_log(holds, "holding")
        world.expect(f"a{pair.number:02}-try", pair.tried, files=attachment())
        assert world.client.get(holds)["status"] == "running", "they were to run at the same time"
        held = world.client.wait(holds)
        assert (held["status"], held["result"]["text"]) == ("completed", pair.held)


def test_05_the_environment_is_the_allow_list(world):
    with world.act(5, "read secrets in the environment"):
        run = world.client.run("a05")
        assert run["result"]["text"].splitlines() == sorted([
            "HOME=/home/agent", "USER=agent", "LANG=C.UTF-8", "TMPDIR=/tmp", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "CAPI_INPUTS=/in/inputs.json", "CAPI_FILES=/in/files", "CAPI_OUT=/out", "CAPI_EVENTS_FD=3", f"CAPI_RUN_ID={run['id']}", "CAPI_APP_ID=a05",
            f"CAPI_THREAD_ID={run['threadId']}"])
        assert SECRET not in run["result"]["text"]


def test_10_a_mount_is_refused_and_nothing_of_a_run_is_seen_by_the_host(world):
    with world.act(10, "mount so that the host sees it"):
        before = pathlib.Path("/proc/self/mountinfo").read_text()
        run = world.client.submit("a10")
        while world.client.get(run)["status"] in ("pending", "running"):
            assert pathlib.Path("/proc/self/mountinfo").read_text() == before
        assert world.client.get(run)["result"]["text"] == lines("EPERM", "mount tmpfs on /tmp", "bind /usr on /tmp", "fsopen", "open_tree")
        assert pathlib.Path("/proc/self/mountinfo").read_text() == before


def test_21_without_the_filter_no_namespace_can_be_made_either(world):
    # Not by the server, as the defence in front of this one is left out.
    with world.act(21, "make namespaces, with the filter off"):
        assert acts.without(["seccomp"], "/app/a19_new_namespaces") == namespaces("ENOSPC", "EPERM")


def test_28_a_sibling_run_is_out_of_reach(world):
    with world.act(28, "trace a sibling run"):
        holds = world.client.submit("a28-hold")
        world.wait_for_log(holds, "holding")
        (pid,) = acts.processes_with(world.mark + "-28")
        run = world.client.run("a28-try", files=attachment(str(pid)))
        assert world.client.get(holds)["status"] == "running"
        assert run["result"]["text"] == (
            lines("ESRCH", "kill", "pidfd_open") + lines("EPERM", "process_vm_readv", "kcmp", "ptrace seize", "ptrace attach")
            + lines("2", "processes that can be named"))
        assert world.client.wait(holds)["status"] == "completed"


def test_43_a_run_reaches_no_gateway_but_its_own(paid):
    with paid.act(43, "use another run's gateway"):
        other = paid.house.submit(f"ask(CHAT, body_for(CHAT))\ntime.sleep({3 * support.SLOWNESS})", chatModelId="others")
        support.wait_until(lambda: paid.models.calls, 60, "the other's call")
        run = paid.expect("a43", "connect to 61001: ok\nconnect to 61002: ECONNREFUSED\nconnect to 61003: ECONNREFUSED\nconnect to 61004: ECONNREFUSED\n"
                          "its own model: yes\nthe other's model: no\na call: 200\n", files=[("files", ("token.txt", f"capid-{other}".encode()))])
        assert [call.body["model"] for call in paid.models.calls] == ["up-others", "up-mine"]
        assert run["usage"]["credits"] == paid.client.wait(other)["usage"]["credits"] == 4.5


def test_44_a_run_over_its_budget_is_refused_and_what_it_took_is_paid(paid):
    with paid.act(44, "spend more than it may"):
        before = len(paid.models.calls)
        run = paid.client.wait(paid.client.submit("a44", maxCredits=5))
        assert (run["status"], run["errorCode"], run["usage"]["credits"]) == ("failed", "BUDGET_EXCEEDED", 9), run
        said = "".join(data["text"] for data in paid.house.events(run, "log"))
        assert said == "200\n200\n402\n402\n402\n402\nat once, and refused: 6\n" and len(paid.models.calls) == before + 2


def test_45_killing_everyone_ends_nobody_outside(world):
    with world.act(45, "kill everyone and init"):
        uid = acts.status_of(world.capid.server_pid(), "Uid")[0]
        words = ["setpriv", f"--reuid={uid}", "--clear-groups"] if support.IS_ROOT else []
        with subprocess.Popen([*words, "sleep", "60"]) as bystander:
            try:
                support.wait_until(lambda: acts.status_of(bystander.pid, "Uid")[0] == uid, what="the bystander's identity")
                of_init = "EPERM" if acts.landlock_version() >= 6 else "ok"   # older ones let the signal go, and init is deaf to it
                world.expect("a45", f"kill -1: ok\nits own child: killed by 9\nkill 1: {of_init}\ninit is there: {of_init}\n")
                assert bystander.poll() is None
            finally:
                bystander.kill()
        assert world.client.request("GET", "/readyz").json() == {"status": "ok"}


def test_46_a_fork_bomb_ends_at_its_limit(world):
    with world.act(46, "bomb with forks"):
        world.expect("a46", "EAGAIN after 31 children\n")
        assert world.client.request("GET", "/readyz").json() == {"status": "ok"}


def test_47_a_memory_bomb_takes_itself_alone(world):
    with world.act(47, "bomb with memory"):
        neighbour = world.client.submit("a18-hold", files=attachment())
        run = world.client.run("a47")
        if run["degraded"]:   # without cgroups, each process has a limit of its own
            assert re.fullmatch(r"begins\nENOMEM after (5\d|6[0-3]) MiB\n", run["result"]["text"]), run
        else:
            assert (run["status"], run["errorCode"], run["result"]) == ("failed", "OUT_OF_MEMORY", None), run
            assert "limits.memory" in run["errorMessage"] and run["usage"]["peakMemoryBytes"] > 60 << 20
        assert world.client.wait(neighbour)["status"] == "completed"


def test_48_what_is_written_ends_at_the_limit(world):
    with world.act(48, "fill the disk"):
        world.expect("a48", f"ENOSPC after {1 << 20} bytes\n")


def test_49_what_is_made_ends_at_the_limit(world):
    with world.act(49, "fill the inodes"):
        run = world.client.run("a49")
        count = int(re.fullmatch(r"ENOSPC after (\d+) inodes\n", run["result"]["text"])[1])
        assert 1024 <= count <= 1024 + 256, "the least number of inodes, and what the root itself leaves of its own"


def test_50_a_sparse_terabyte_is_rejected(world):
    with world.act(50, "leave a sparse terabyte"):
        run = world.expect("a50", lines("EFBIG", "truncate to 1 TB", "allocate 1 TB") + lines("ok", "truncate to the limit", "unlink"))
        assert run["result"]["artifacts"] == []
        assert world.skipped(run) == [("terabyte", "it is mostly holes (a sparse file)")]


def test_51_what_is_no_file_is_skipped(world):
    with world.act(51, "leave symlinks, FIFO, socket, device"):
        links = ("symlink to /etc/passwd", "symlink to /etc", "symlink to itself", "symlink to /proc/self/environ")
        run = world.expect("a51", lines("ok", *links, "fifo", "socket") + lines("EPERM", "device") + lines("ok", "a file without any permission"))
        assert run["result"]["artifacts"] == []
        link, other = "it is a symbolic link", "it is not a regular file"
        assert world.skipped(run) == [("fifo", other), ("file", "its permissions forbid reading it"), ("folder", link), ("link", link), ("loop", link),
                                      ("magic", link), ("socket", other)]


def test_53_depth_and_number_are_capped_and_odd_names_are_mended(world):
    with world.act(53, "leave a deep tree, many files, odd names"):
        run = world.expect("a53", lines("ok", *(f"odd name {i}" for i in range(9))) + "folders deep: 100\nfiles: 12000\n")
        left = world.artifacts(run)
        titles = [artifact["title"] for artifact in left]
        deep = ["b-deep/" + "d/" * depth + "leaf" for depth in reversed(range(16))]
        odd = ["a-odd/ ", "a-odd/-rf", "a-odd/..hidden", "a-odd/esc\x1b[31m", "a-odd/new\nline", "a-odd/" + "n" * 255, "a-odd/not\ufffdutf8",
               'a-odd/quote"back\\slash', "a-odd/\u202etxt.exe"]
        assert titles[:len(odd) + len(deep)] == [*odd, *deep]
        assert len(titles) == 1000 and titles[len(odd) + len(deep):] == sorted(set(titles[len(odd) + len(deep):]))
        assert all(re.fullmatch(r"c-many/\d{6}", title) for title in titles[len(odd) + len(deep):])
        assert all(re.fullmatch(r"[^\x00-\x1f/\\\"]{1,255}", artifact["filename"]) and artifact["filename"][0] not in ".-" for artifact in left)
        skipped = world.skipped(run)
        assert len(skipped) == 100
        assert skipped[0] == ("b-deep/" + "d/" * 15 + "d", "it is more than 16 folders deep")
        assert {reason for _, reason in skipped[1:-1]} == {"the run left more than 1000 files"}
        assert skipped[-1] == ("c-many", "the run left more than 10000 entries; the rest was not looked at")
        assert all(world.client.request("GET", artifact["downloadUrl"]).content == b"mine\n" for artifact in left[:30])


def test_54_a_swapped_folder_never_leads_outside(world):
    with world.act(54, "swap a folder with a symlink"):
        runs = [world.client.submit("a54") for _ in range(10)]
        for run in map(world.client.wait, runs):
            assert (run["status"], run["result"]["text"]) == ("completed", "swapping: ok\n")
            left = world.artifacts(run)
            assert [artifact["title"] for artifact in left] in (["folder/passwd"], ["link/passwd"])
            assert world.client.request("GET", left[0]["downloadUrl"]).content == b"mine\n"
            assert len(world.skipped(run)) == 1


def test_55_a_flood_is_truncated_and_memory_stays_flat(world):
    with world.act(55, "flood stdout without a newline"):
        before = most = world.memory()
        runs = {world.client.submit("a55-ever"): "TIMEOUT", world.client.submit("a55-much"): "OUTPUT_TOO_LARGE"}
        while any(world.client.get(run)["status"] in ("pending", "running") for run in runs):
            most = max(most, world.memory())
        assert most - before < (20 << 20) * support.PATIENCE, f"the server grew by {(most - before) >> 10} KiB"
        for run, code in runs.items():
            ended = world.client.get(run)
            assert (ended["status"], ended["errorCode"], ended["result"]) == ("failed", code, None)
            (kept,) = world.capid.database("SELECT sum(length(json_extract(data, '$.text'))), max(json_extract(data, '$.truncated')) FROM events "
                                           "WHERE run_id = ? AND type = 'log'", run)
            assert kept == (1 << 20, 1)


def test_56_descriptors_and_watches_end_at_the_runs_own_limits(world):
    with world.act(56, "use up descriptors and inotify"):
        world.expect("a56", "inotify instances: EMFILE after 8\ninotify watches: ENOSPC after 8192\ndescriptors: EMFILE after 4084\n"
                     "raise the limit of descriptors: EPERM\n")
        world.app("a56-noticed", "a62_ran")
        support.wait_until(lambda: world.client.request("GET", "/api/v1/apps/a56-noticed").status_code == 200, what="the server's own watch")


def test_57_stopped_processes_die_in_time(world):
    with world.act(57, "stop everyone, then be ended"):
        run = world.expect_failure("a57", "TIMEOUT", "longer than its limit")
        assert acts.processes_with(world.mark + "-57") == []
        assert 2 <= run["usage"]["wallSeconds"] < 2 + 0.5 * support.PATIENCE, "its limit, the grace, and next to nothing"


def test_58_a_daemon_that_ignores_every_signal_dies(world):
    with world.act(58, "leave a daemon"):
        started = time.monotonic()
        world.expect("a58-leave", "left a daemon\n")
        assert acts.processes_with(world.mark + "-58") == []
        assert time.monotonic() - started < 2 * support.PATIENCE, "nobody waits for a daemon"
        run = world.expect_failure("a58-stay", "TIMEOUT", "longer than its limit")
        assert acts.processes_with(world.mark + "-58") == []
        assert run["usage"]["wallSeconds"] < 2 + 0.5 * support.PATIENCE


def test_59_no_run_outlives_the_server(world):
    with world.act(59, "outlive the server"), support.server(user=world.capid.user) as capid:
        other = acts.World(capid, world.host)
        mark = world.mark + "-59"
        other.app("a59", "a59_outlive", mark)
        client = capid.start().client()
        run = client.submit("a59")
        support.wait_until(lambda: client.get(run)["status"] == "running" and len(acts.processes_with(mark)) == 4, what="the run's processes")
        below = acts.descendants(capid.server_pid())   # the fork server, what it keeps ready, the run
        capid.kill()
        support.wait_until(lambda: acts.processes_with(mark) == [], 1, "the death of the run's processes")
        support.wait_until(lambda: not any(acts.is_alive(pid) for pid in below), 1, "the death of all below the server")


def test_60_a_crash_leaves_no_core(world):
    with world.act(60, "leave a core"):
        run = world.expect_failure("a60", "AGENT_KILLED", "was killed by signal 11 ")
        assert world.artifacts(run) == [] and world.skipped(run) == []
        assert [path for path in world.capid.root.rglob("*") if path.name.startswith("core")] == []


def test_62_a_run_whose_sandbox_cannot_be_set_up_is_refused(world):
    with world.act(62, "run in half a sandbox"):
        version = world.expect("a62", "ran\nwrite: ok\n")["appVersion"]
        (folder,) = [path for path in world.capid.data.rglob(version) if "a62" in str(path) and path.is_dir()]
        shutil.rmtree(folder)
        run = world.expect_failure("a62", "SANDBOX_SETUP_FAILED", "step mounts.own failed (No such file or directory); nothing was run")
        assert world.artifacts(run) == [] and run["usage"]["credits"] == 0
        assert world.capid.database("SELECT count(*) FROM events WHERE run_id = ? AND type = 'log'", run["id"]) == [(0,)]


# In a mount namespace that goes with the server.
WITHOUT_CGROUPS = ["unshare", "--mount", "--propagation", "private", "sh", "-c", 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"', "sh"]


def refused_if_strict(capid):
    """The last words of that server, started again with sandbox.strict."""
    capid.config_path.write_text(capid.config_path.read_text() + "sandbox: {strict: true}\n")
    capid.start(wait=False)
    assert capid.process.wait(60 * support.PATIENCE) == 2
    return capid.log().splitlines()[-1]


def lacking(what, **options):
    """A server on a host that lacks some protection says so of itself and of each run, and strict refuses to begin."""
    with support.server(**options) as capid:
        capid.shell_app("app", "echo done")
        run = capid.start().client().run("app")
        assert (run["status"], run["degraded"]) == ("completed", True)
        assert what in capid.log()
        capid.stop()
        assert what in refused_if_strict(capid)


@pytest.mark.skipif(not support.IS_ROOT, reason="an ordinary user has no cgroups to go without")
def test_63_what_the_host_lacks_is_reported_and_strict_refuses_it(world):
    with world.act(63, "run unprotected, unnoticed"):
        lacking("the memory and the processor time of a whole run are not limited", user="root", wrapper=WITHOUT_CGROUPS)
        lacking("Landlock is not applied", user="root", wrapper=[support.PROBES / "without_landlock"])
        with support.server(user="root", config="sandbox: {strict: true}\n") as capid:
            capid.shell_app("app", "echo done")
            assert capid.start().client().run("app")["degraded"] is False


def test_every_act_was_tried(world, capsys):
    with capsys.disabled():
        print(world.table(REQUIRED))
    assert set(world.outcomes) == REQUIRED

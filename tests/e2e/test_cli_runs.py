# SPDX-License-Identifier: Apache-2.0
"""capid run and capid runs: what scripts and people rely on."""
import hashlib
import json
import os
import re
import signal
import stat
import subprocess

import capid as support
import pytest
import servers

KEY = re.compile(r"capi_[0-9A-Za-z]{10,}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REPORT = """
echo "reading" >&2
mkdir -p /out/charts/june
printf 'a chart' > /out/charts/june/bars.txt
head -c 300000 /dev/zero > /out/table.bin
printf 'done: '; cat "$CAPI_INPUTS"
"""


@pytest.fixture
def ready(capid):
    """A server with an app that reports, one that fails, and one that takes long."""
    capid.shell_app("report", REPORT, "name: Sales report\ninputs: {year: {type: integer}, sales: {type: file}}")
    capid.shell_app("bad", "echo 'no such region' >&2; exit 3")
    capid.shell_app("slow", "echo going >&2; sleep 300")
    capid.start()
    capid.scratch = capid.root / "scratch"
    capid.scratch.mkdir()
    capid.scratch.chmod(0o777)
    return capid


def client(capid, *words, url=None, key=None, check=False, **environment):
    """The same command with CAPI_URL and CAPI_KEY, far from the data folder."""
    command = support.as_user([support.BINARY, *words], capid.user)
    given = {**os.environ, "CAPI_URL": url or capid.url, "CAPI_KEY": key or capid.key(), "XDG_DATA_HOME": "/nonexistent", **environment}
    return subprocess.run(command, capture_output=True, text=True, check=check, env=given, timeout=120)


def begin(capid, *words, **options):
    """A local command that goes on, to be read from and to be sent signals."""
    command = support.as_user([support.BINARY, *words, "--config", capid.config_path, "--data", capid.data], capid.user)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def keys_of_calls(capid):
    return [key for key in json.loads(capid.cli("keys", "list", "--all", "--json").stdout) if key["name"] == "capid run"]


def assert_no_key_is_left(capid, *outputs):
    made = keys_of_calls(capid)
    assert made and all(key["revokedAt"] and key["expiresAt"] and key["account"] == "admin" for key in made)
    assert not {key["id"] for key in made} & {key["id"] for key in json.loads(capid.cli("keys", "list", "--json").stdout)}, "nobody wants to see them"
    for output in outputs:
        assert not KEY.search(output.stdout + output.stderr)


def test_a_run_is_started_and_its_id_is_all_there_is_on_stdout(ready):
    started = ready.cli("run", "report", "-i", "year=2026", "--tag", "a b", "--tag", "c", "--metadata", "k=v=w", "--timeout", "60", "--ttl", "50", "--max-credits", "2.5", "--workspace", "w1")
    assert UUID.fullmatch(started.stdout.removesuffix("\n")) and started.stderr == ""
    run = ready.client().wait(started.stdout.strip())
    assert (run["status"], run["inputs"], run["tags"], run["metadata"], run["workspaceId"]) == ("completed", {"year": 2026}, ["a b", "c"], {"k": "v=w"}, "w1")
    for limit in ("nan", "inf"):
        refused = ready.cli("run", "report", "--max-credits", limit, check=False)
        assert refused.returncode == 2 and "--max-credits takes a number" in refused.stderr and refused.stdout == ""
    continued = ready.cli("run", "report", "--thread", run["threadId"], "--wait")
    again = ready.cli("run", "report", "-i", "year=1", "--idempotency-key", "once", "--json")
    repeated = ready.cli("run", "report", "-i", "year=1", "--idempotency-key", "once", "--json")
    assert json.loads(again.stdout) == json.loads(repeated.stdout) and list(json.loads(again.stdout)) == ["id", "status", "appId", "appName"]
    assert_no_key_is_left(ready, started, continued, again, repeated)


def test_waiting_shows_the_log_while_the_run_goes_on(ready):
    ready.shell_app("steps", "echo one >&2; sleep 2; printf '\\033[31mtwo\\033[0m\\n' >&2; printf 'the result'")
    support.wait_until(lambda: "steps" in ready.cli("runs", "list", "--app", "steps", check=False).stderr or ready.client().request("GET", "/api/v1/apps/steps").status_code == 200)
    process = begin(ready, "run", "steps", "--wait")
    lines = []
    while "one\n" not in lines:
        lines.append(process.stderr.readline())
        assert lines[-1], lines
    assert process.poll() is None, "the line came before the end"
    result, rest = process.communicate(timeout=60)
    assert (process.returncode, result) == (0, "the result")
    assert re.fullmatch(r"· run \S+ is accepted\n", lines[0]) and lines[1].startswith("· running")
    assert re.fullmatch(r"\[31mtwo\[0m\n✓ completed in \S+ m?s, 1 credit\n", rest), rest
    assert "\x1b" not in "".join(lines) + rest, "nothing that steers a terminal"


def test_artifacts_are_saved_with_their_folders(ready):
    sales = ready.scratch / "sales.csv"
    sales.write_text("a,b\n1,2\n")
    out = ready.scratch / "new" / "out"
    ran = ready.cli("run", "report", "-f", f"sales={sales}", "-o", out)
    assert ran.stdout.startswith("done: ") and json.loads(ran.stdout[6:])["inputs"] == {"sales": "/in/files/sales.csv"}
    assert (out / "charts/june/bars.txt").read_text() == "a chart"
    assert (out / "table.bin").read_bytes() == bytes(300_000)
    assert sorted(path.name for path in out.rglob("*")) == ["bars.txt", "charts", "june", "table.bin"], "no temporary file is left"
    assert f"saved {out}/charts/june/bars.txt (7 bytes)\n" in ran.stderr

    run = json.loads(ready.cli("runs", "list", "--json").stdout)["runs"][0]
    listed = ready.cli("runs", "artifacts", run["id"])
    assert [line.split("  ")[-1] for line in listed.stdout.splitlines()] == ["TITLE", "charts/june/bars.txt", "table.bin"]
    (out / "table.bin").write_text("old")
    saved = ready.cli("runs", "artifacts", run["id"], "-o", out, "--json")
    assert [artifact["sha256"] for artifact in json.loads(saved.stdout)["artifacts"]] == [hashlib.sha256(content).hexdigest() for content in (b"a chart", bytes(300_000))]
    assert (out / "table.bin").read_bytes() == bytes(300_000)
    with_link = ready.scratch / "link"
    with_link.mkdir()
    with_link.chmod(0o777)
    (with_link / "charts").symlink_to(out)
    refused = ready.cli("runs", "artifacts", run["id"], "-o", with_link, check=False)
    assert refused.returncode == 1 and "not saved: charts/june/bars.txt: charts is in the way" in refused.stderr
    assert not (out / "june").exists() and (with_link / "table.bin").exists()
    assert_no_key_is_left(ready, ran, listed, saved, refused)


def test_how_a_run_ended_is_the_exit_code(ready):
    failed = ready.cli("run", "bad", "--wait", check=False)
    assert (failed.returncode, failed.stdout) == (3, "")
    assert failed.stderr.endswith("✗ the run failed: AGENT_EXIT_NONZERO\nthe agent ended with exit code 3:\nno such region\n")
    as_json = ready.cli("run", "bad", "--wait", "--json", check=False)
    assert (as_json.returncode, json.loads(as_json.stdout)["errorCode"]) == (3, "AGENT_EXIT_NONZERO")
    assert list(json.loads(as_json.stdout))[:4] == ["id", "status", "threadId", "result"], "in the API's order"

    process = begin(ready, "run", "slow", "--wait")
    run = process.stderr.readline().split()[2]
    assert ready.cli("runs", "cancel", run).stderr == "Cancelled: nothing of the run is left running.\n"
    output, talk = process.communicate(timeout=60)
    assert (process.returncode, output) == (4, "") and talk.endswith("✗ the run was cancelled\n")
    again = ready.cli("runs", "cancel", run, check=False)
    assert (again.returncode, again.stderr) == (1, "capid: the run is cancelled already\n")
    assert_no_key_is_left(ready, failed, as_json, again)


def test_runs_are_listed_shown_and_repeated(ready):
    first = ready.cli("run", "report", "-i", "year=2026", "--tag", "june", "--metadata", "team=a", "--wait")
    ready.cli("run", "bad", "--wait", check=False)
    rows = ready.cli("runs", "list").stdout.splitlines()
    assert rows[0].split() == ["ID", "STATUS", "APP", "CREATED", "DURATION", "CREDITS", "TAGS"]
    assert [row.split()[1:3] for row in rows[1:]] == [["failed", "bad"], ["completed", "report"]]
    good, bad = rows[2].split()[0], rows[1].split()[0]
    for filters, found in [(["--app", "bad"], [bad]), (["--status", "completed"], [good]), (["--tag", "june"], [good]), (["--metadata", "team=a"], [good]),
                           (["--tag", "gone"], []), (["--limit", "1"], [bad]), (["--limit", "1", "--offset", "1"], [good]), (["--before", bad], [good])]:
        assert [run["id"] for run in json.loads(ready.cli("runs", "list", "--json", *filters).stdout)["runs"]] == found, filters
    page = ready.cli("runs", "list", "--limit", "1")
    assert page.stderr == f"There may be more: add  --before {bad}\n"
    assert ready.cli("runs", "list", "--tag", "gone").stderr == "There are no such runs.\n"

    shown = ready.cli("runs", "show", good).stdout
    for line in ("status     completed", "app        report (Sales report)", "inputs     year=2026", "tags       june", "metadata   team=a", "artifacts  charts/june/bars.txt (text/plain, 7 bytes)", "done: "):
        assert line in shown
    assert "\nerror      AGENT_EXIT_NONZERO\n           the agent ended with exit code 3:\n           no such region\n" in ready.cli("runs", "show", bad).stdout
    assert json.loads(ready.cli("runs", "show", good, "--json").stdout) == ready.client().get(good)

    replayed = ready.cli("runs", "replay", good, "--wait", "-o", ready.scratch / "again")
    assert replayed.stdout == first.stdout and (ready.scratch / "again/table.bin").exists()
    assert len(json.loads(ready.cli("runs", "list", "--json").stdout)["runs"]) == 3


def test_logs(ready):
    ready.cli("run", "report", "--wait")
    run = json.loads(ready.cli("runs", "list", "--json").stdout)["runs"][0]["id"]
    assert ready.cli("runs", "logs", run).stdout == "reading\n"
    listed = [json.loads(line) for line in ready.cli("runs", "logs", run, "--json").stdout.splitlines()]
    followed = [json.loads(line) for line in ready.cli("runs", "logs", run, "--json", "-f").stdout.splitlines()]
    assert listed == followed and [event["type"] for event in listed] == ["status", "log", "artifact", "artifact", "status"]

    process = begin(ready, "runs", "logs", ready.cli("run", "slow").stdout.strip(), "--follow")
    assert process.stdout.readline() == "going\n" and process.poll() is None
    process.stdout.close()
    ready.cli("runs", "cancel", json.loads(ready.cli("runs", "list", "--json").stdout)["runs"][0]["id"])
    assert process.wait(60) == 0


def test_ctrl_c_leaves_the_run_and_takes_the_key(ready):
    for end in (signal.SIGINT, signal.SIGKILL):
        process = begin(ready, "run", "slow", "--wait")
        run = process.stderr.readline().split()[2]
        while process.stderr.readline() != "going\n":
            assert process.poll() is None
        process.send_signal(end)
        _, talk = process.communicate(timeout=60)
        if end == signal.SIGINT:
            assert process.returncode == 130
            assert talk == f"\nThe run goes on. See it with  capid runs show {run}  or end it with  capid runs cancel {run}\n"
        support.wait_until(lambda: all(key["revokedAt"] for key in keys_of_calls(ready)), what="the key is revoked")
        assert ready.client().get(run)["status"] == "running"
        ready.cli("runs", "cancel", run)


def test_wrong_calls_say_what_to_do(ready):
    large = ready.scratch / "large.csv"
    large.write_bytes(b"x" * (10 * 2**20 + 1))
    for words, code, message in [
        (["run"], 2, "app is required"),
        (["run", "report", "-i", "year"], 2, '-i takes NAME=VALUE, and not "year"'),
        (["run", "report", "-i", "year=1", "-i", "year=2"], 2, "-i says year twice"),
        (["run", "report", "-f", "gone.csv"], 2, "there is no file gone.csv"),
        (["run", "report", "-f", ready.scratch], 2, "is no ordinary file"),
        (["run", "report", "-f", large], 2, "is larger than 10.0 MiB, the most a file may have"),
        (["run", "report", "--timeout", "soon"], 2, "--timeout"),
        (["run", "report", "--account", "amdin"], 2, 'did you mean "admin"?'),
        (["run", "reprot"], 1, 'there is no app "reprot"; did you mean "report"?'),
        (["run", "report", "-i", "year=soon"], 1, "capid: inputs.year must be a whole number"),
        (["run", "report", "-i", "year=soon", "-i", "yaer=1"], 1, "  inputs.yaer: "),
        (["run", "report", "--model", "none"], 1, "none"),
        (["runs", "show", "nonsense"], 1, "there is no such run"),
        (["runs", "list", "--status", "fialed"], 2, 'did you mean "failed"?'),
        (["runs", "list", "--metadata", "k"], 2, "--metadata takes NAME=VALUE"),
    ]:
        answer = ready.cli(*words, check=False)
        assert (answer.returncode, answer.stdout) == (code, ""), answer
        assert message in answer.stderr, answer
        assert not KEY.search(answer.stderr)
    assert json.loads(ready.cli("runs", "list", "--json").stdout)["runs"] == []
    assert_no_key_is_left(ready)


def test_a_server_elsewhere(ready):
    ran = client(ready, "run", "report", "-i", "year=2026", "--wait", url=ready.url + "/api/v1/")
    assert (ran.returncode, ran.stdout[:6]) == (0, "done: ") and keys_of_calls(ready) == []
    assert client(ready, "run", "reprot").returncode == 1
    for environment, code, message in [
        ({"url": "http://127.0.0.1:9"}, 1, "cannot reach http://127.0.0.1:9: nothing accepts connections there; is `capid serve` running?"),
        ({"url": "unix:/nonexistent"}, 1, "cannot reach unix:/nonexistent"),
        ({"url": "capid.example.org"}, 2, "CAPI_URL: it has no scheme"),
        ({"key": servers.well_formed_key()}, 1, "(sent was what CAPI_KEY holds)"),
        ({"key": "capi_short"}, 2, "CAPI_KEY does not hold a whole key"),
        ({"url": "http://capid.example.org", "CAPI_KEY": ""}, 2, "set CAPI_KEY to a key of that server"),
    ]:
        answer = client(ready, "runs", "logs", "x", "-f", **environment)
        assert (answer.returncode, answer.stdout) == (code, "") and message in answer.stderr, answer
    ready.stop()
    assert not (ready.data / "server.url").exists()
    gone = ready.cli("run", "report", check=False)
    assert gone.returncode == 1 and "http://127.0.0.1:8080" in gone.stderr
    nowhere = subprocess.run([support.BINARY, "run", "x", "--data", "/nonexistent"], capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert nowhere.returncode == 2 and "start `capid serve` once" in nowhere.stderr


@pytest.mark.skipif(not support.IS_ROOT, reason="needs root")
def test_as_root_the_users_files_stay_the_users():
    with support.server(user="root") as capid:
        capid.shell_app("report", REPORT, "inputs: {sales: {type: file}}")
        capid.start()
        sales = capid.root / "sales.csv"
        sales.write_text("a,b\n")
        sales.chmod(0o600)
        ran = capid.cli("run", "report", "-f", f"sales={sales}", "-o", capid.root / "out")
        assert ran.stdout.startswith("done: ") and (capid.root / "out/table.bin").stat().st_uid == 0
        owners = {path.stat().st_uid for path in [capid.data, *capid.data.glob("*")]}
        assert len(owners) == 1 and owners != {0}, "nothing in the data folder changed hands"
        assert stat.S_IMODE((capid.data / "server.url").stat().st_mode) == 0o600


def test_a_unix_socket(capid):
    capid.shell_app("app", "echo hello")
    path = capid.data / "socket"
    capid.listen = f"unix:{path}"
    capid.start()
    assert capid.cli("run", "app", "--wait").stdout == "hello\n"
    assert client(capid, "run", "app", "--wait", url=f"unix:{path}").stdout == "hello\n"


def test_help_screens_begin_with_examples():
    for words in (["run"], ["runs"]):
        screen = subprocess.run([support.BINARY, *words, "--help"], capture_output=True, text=True)
        assert screen.returncode == 0 and screen.stdout.index("  capid run") < screen.stdout.index("Usage:")
    assert "3 the run failed; 4 it was cancelled" in subprocess.run([support.BINARY, "run", "--help"], capture_output=True, text=True).stdout
    assert "3 the run failed" not in subprocess.run([support.BINARY, "--help"], capture_output=True, text=True).stdout, "one line a command"

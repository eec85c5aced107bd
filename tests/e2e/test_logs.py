# SPDX-License-Identifier: Apache-2.0
"""The log: a line an event, for people on a terminal and as JSON in systemd's journal, with the ids that lead from one to the next."""
import json
import re
import subprocess

import capid as support


def journalled(capid):
    """The server with a stderr that it is told is the journal."""
    capid.log_path.touch()
    capid.log_path.chmod(0o666)
    status = capid.log_path.stat()
    capid.environment["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"
    capid.start(wait=False)
    note = capid.data / "server.url"
    capid.url = support.wait_until(lambda: note.exists() and note.read_text().strip(), 60, "the start")
    return capid


def lines(capid):
    return [json.loads(line) for line in capid.log().splitlines()]


def test_in_the_journal_each_line_is_json_and_a_run_is_found_by_its_ids():
    with support.server() as capid:
        capid.shell_app("app", "echo text")
        client = journalled(capid).client()
        answer = client.request("POST", "/api/v1/apps/app/runs", json={}, headers={"Prefer": "wait=30"})
        run = answer.json()
        keys = json.loads(capid.cli("keys", "list", "--json").stdout)
        keys = keys["keys"] if isinstance(keys, dict) else keys
        assert capid.stop() == 0
        told = lines(capid)
        assert all(line["level"] in ("info", "warning", "error") and line["event"] for line in told)
        accepted, = [line for line in told if line["event"] == "run accepted"]
        assert accepted == {"level": "info", "event": "run accepted", "run": run["id"], "app": "app", "request": answer.headers["X-Request-Id"], "key": keys[0]["id"]}
        ended, = [line for line in told if line["event"] == "run ended"]
        assert (ended["run"], ended["status"]) == (run["id"], "completed")
        assert any(line["event"].startswith("listening on ") for line in told) and any(line["event"].startswith("stopping") for line in told)
        assert client.key not in capid.log()


def test_what_keeps_the_service_from_starting_is_json_as_well():
    with support.server() as capid:
        capid.config_path.write_text("nothing: here\n")
        capid.log_path.touch()
        status = capid.log_path.stat()
        capid.environment["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"
        capid.start(wait=False)
        assert capid.process.wait(30) == 2
        line, = lines(capid)
        assert line["level"] == "error" and 'unknown key "nothing"' in line["event"]


def test_elsewhere_it_is_for_people():
    with support.server() as capid:
        capid.environment["JOURNAL_STREAM"] = "1:2"   # somebody else's
        capid.shell_app("app", "true")
        capid.start()
        run = capid.client().run("app")
        assert re.search(rf"\d\d:\d\d:\d\d\.\d\d\dZ info run accepted run={run['id']} app=app request=\w+ key=\S+\n", capid.log())


def test_commands_keep_their_words_where_stderr_is_no_journal(tmp_path):
    told = subprocess.run([support.BINARY, "apps", "list", "--data", tmp_path / "none"], capture_output=True, text=True, check=False)
    assert told.returncode != 0 and told.stderr.startswith("capid: ")

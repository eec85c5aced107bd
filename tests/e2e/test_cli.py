# SPDX-License-Identifier: Apache-2.0
"""The command line, as scripts rely on it."""
import json
import re
import subprocess

import capid as support


def test_keys(capid):
    capid.shell_app("app", "true")
    capid.start()
    made = capid.cli("keys", "create", "--name", "ci", "--app", "app", "--expires", "30d")
    assert re.fullmatch(r"capi_[0-9A-Za-z]{36}\n", made.stdout), "the key alone on stdout"
    (listed,) = json.loads(capid.cli("keys", "list", "--json").stdout)
    assert list(listed) == ["id", "name", "account", "appId", "prefix", "requestsPerMinute", "createdAt", "lastUsedAt", "expiresAt", "revokedAt"]
    assert (listed["name"], listed["account"], listed["appId"], listed["prefix"]) == ("ci", "admin", "app", made.stdout[:9])
    assert (listed["lastUsedAt"], listed["revokedAt"]) == (None, None)
    assert capid.client(made.stdout.strip()).run("app")["status"] == "completed"
    support.wait_until(lambda: json.loads(capid.cli("keys", "list", "--json").stdout)[0]["lastUsedAt"], what="the last use")

    capid.cli("keys", "revoke", listed["id"])
    refused = capid.client(made.stdout.strip()).request("GET", "/api/v1/runs/x")
    assert refused.status_code == 401 and "was revoked at" in refused.json()["error"]["message"]
    again = capid.cli("keys", "revoke", listed["id"], check=False)
    assert (again.returncode, "no live key" in again.stderr) == (2, True)
    assert made.stdout[:9] in capid.cli("keys", "list").stdout


def test_bad_calls_say_what_to_do(capid):
    capid.shell_app("report", "true")
    capid.start()
    for words, code, message in [
        (["keys", "create", "--name", "x", "--app", "reprot"], 2, 'did you mean "report"?'),
        (["keys", "create", "--name", "x", "--account", "amdin"], 2, 'did you mean "admin"?'),
        (["keys", "create", "--name", "x", "--expires", "soon"], 2, "such as 12h or 30d"),
        (["accounts", "add", "Ada!"], 2, "an account's name is"),
        (["accounts", "add", "ada", "--role", "amdin"], 2, 'none of admin, member; did you mean "admin"?'),
        (["accounts", "credit", "admin", "1.0000001"], 2, "at most six decimals"),
        (["apps", "check", "reprot"], 2, 'did you mean "report"?'),
    ]:
        answer = capid.cli(*words, check=False)
        assert (answer.returncode, answer.stdout) == (code, ""), answer
        assert message in answer.stderr
    for words in ([], ["sevre"], ["keys"], ["keys", "create"]):
        assert subprocess.run([support.BINARY, *words], capture_output=True).returncode == 2
    elsewhere = subprocess.run([support.BINARY, "keys", "list", "--data", "/var/tmp/nowhere"], capture_output=True, text=True)
    assert elsewhere.returncode == 2 and "start `capid serve` once" in elsewhere.stderr


def test_accounts(capid):
    capid.start()
    made = json.loads(capid.cli("accounts", "add", "ada", "--role", "admin", "--password-stdin", "--json", input="correct horse battery\n").stdout)
    assert json.loads(capid.cli("accounts", "credit", "ada", "12.5", "--json").stdout) == {"name": "ada", "balance": 12.5}
    admin, ada = sorted(json.loads(capid.cli("accounts", "list", "--json").stdout), key=lambda account: account["name"] != "admin")
    assert (admin["name"], admin["role"], admin["balance"]) == ("admin", "admin", 0)
    assert (ada["name"], ada["role"], ada["balance"], ada["disabled"]) == ("ada", "admin", 12.5, False)
    assert made == {key: ada[key] for key in ("id", "name", "role")}
    assert capid.database("SELECT password_hash FROM accounts WHERE name = 'ada'")[0][0].startswith("$argon2id$")
    taken = capid.cli("accounts", "add", "ada", check=False)
    assert taken.returncode == 2 and "already" in taken.stderr


def test_apps(capid):
    capid.shell_app("good", "true", "name: Good one")
    capid.app("bad", "agent: {comand: [x]}\nlimit: {}")
    capid.start()
    assert json.loads(capid.cli("apps", "list", "--json").stdout)[1] == {"id": "good", "status": "ready", "name": "Good one"}
    check = capid.cli("apps", "check", check=False)
    assert check.returncode == 1
    assert check.stdout.splitlines() == [
        "bad: disabled",
        '  bad/app.yaml:1: unknown key "comand" in agent; did you mean "command"?',
        "  bad/app.yaml:1: agent: needs a command: a list of the program and its arguments, or a prompt",
        '  bad/app.yaml:2: unknown key "limit"; did you mean "limits"?',
        "good: sound",
    ]
    assert capid.cli("apps", "check", "good").stdout == "good: sound\n"


def test_apps_check_looks_for_commands_where_they_would_be_run(capid):
    tool = capid.root / "tools"
    tool.mkdir()
    tool.chmod(0o755)
    (tool / "agent").write_text("#!/bin/sh\ntouch /out/ran\n")
    (tool / "agent").chmod(0o755)
    with capid.config_path.open("a") as config:
        config.write(f"sandbox: {{mount_allow: ['{tool}']}}\n")
    capid.shell_app("shell", "exit 1")
    capid.app("own", "agent: {command: [/app/tool]}", tool="#!/bin/sh\n")
    capid.app("mounted", f"agent: {{command: [{tool}/agent]}}\nmounts: [{{host: '{tool}'}}]")
    capid.app("missing", "agent: {command: [no-such-program, x]}")
    capid.app("outside", f"agent: {{command: [{tool}/agent]}}")
    capid.start()   # which makes the data folder, where this is asked
    checked = {app["id"]: app.get("warnings") for app in json.loads(capid.cli("apps", "check", "--json").stdout)}
    assert [checked[app] for app in ("shell", "own", "mounted")] == [None] * 3
    assert len(checked["missing"]) == 1 and '"no-such-program" cannot be run inside the sandbox' in checked["missing"][0]
    assert f"mounts: [{{host: {tool}}}]" in checked["outside"][0] and "mount_allow" in checked["outside"][0]
    shown = capid.cli("apps", "check", "outside").stdout
    assert shown.startswith("outside: sound\n  warning: the command") and f"\n    mounts: [{{host: {tool}}}]\n" in shown


def test_a_second_server_on_the_same_folder_or_port_is_refused(capid):
    capid.start()
    port = capid.url.rsplit(":", 1)[1]
    second = capid.cli("serve", "--listen", "127.0.0.1:0", check=False)
    assert second.returncode == 2 and "another capid serves" in second.stderr
    with support.server(listen=f"127.0.0.1:{port}") as other:
        other.start(wait=False)
        assert other.process.wait(30) == 2
        assert "something else does" in other.log()


def test_a_broken_config_is_told_line_by_line(capid):
    capid.config_path.write_text("runs:\n  concurency: 3\nlisten: here\n")
    capid.start(wait=False)
    assert capid.process.wait(30) == 2
    assert 'config.yaml:2: unknown key "concurency" in runs; did you mean "concurrency"?' in capid.log()
    assert "config.yaml:3: listen: must be ADDRESS:PORT" in capid.log()


def test_the_example_config_has_every_key_and_loads_with_all_of_them(capid):
    """A line that begins with a key behind its # is one that may be said as it stands."""
    example = (support.TOP / "config.example.yaml").read_text()
    everything = re.sub(r"^(\s*)# (\s*(?:- \{\w+|\w+): *(?=[\w{\[\"/]|$))", r"\1\2", example, flags=re.MULTILINE)
    for text in (example, everything):
        capid.config_path.write_text(text)
        told = capid.cli("apps", "check", check=False)
        assert "config.yaml" not in told.stderr, told.stderr
    parser = (support.TOP / "src/config/config.cc").read_text()
    keys = set(re.findall(r'\b(?:read\w*|take)\((?:\w+, )?"(\w+)"', parser))
    assert len(keys) > 50
    said = set(re.findall(r"\b(\w+):", everything))
    assert keys <= said, keys - said


def test_protection_that_is_missing_is_not_pretended(capid):
    capid.config_path.write_text("sandbox: {strict: true}")
    capid.start(wait=False)
    assert capid.process.wait(30) == 2
    assert "sandbox.strict forbids" in capid.log()


def test_a_unix_socket(capid):
    path = capid.root / "data" / "socket"
    capid.listen = f"unix:{path}"
    capid.start()
    answer = subprocess.run(["curl", "-s", "--unix-socket", path, "http://x/livez"], capture_output=True, text=True)
    assert answer.stdout == '{"status":"ok"}\n'
    assert path.stat().st_mode & 0o777 == 0o666, "a proxy has a user of its own: what guards it is its folder"


def test_what_is_mistyped_is_told_with_the_nearest_name():
    for words, message, see in [
        (["rnu"], 'there is no command "rnu"; did you mean "run"?', "capid"),
        (["rnu", "--help"], 'there is no command "rnu"; did you mean "run"?', "capid"),
        (["help", "rnus"], 'there is no command "rnus"; did you mean "runs"?', "capid"),
        (["xyzzy"], 'there is no command "xyzzy"', "capid"),
        (["esc\x1b[31m"], 'there is no command "esc[31m"', "capid"),
        (["agnet"], 'there is no command "agnet"', "capid"),
        (["runs", "lits"], 'capid runs has no command "lits"; did you mean "list"?', "capid runs"),
        (["runs", "list", "--stauts", "failed"], 'capid runs list has no option "--stauts"; did you mean "--status"?', "capid runs list"),
        (["run", "app", "--inptu=x=1"], 'capid run has no option "--inptu"; did you mean "--input"?', "capid run"),
        (["run", "app", "-q"], 'capid run has no option "-q"', "capid run"),
        (["runs", "list", "--status", "fialed"], '--status: "fialed" is none of pending, running, completed, failed, cancelled; did you mean "failed"?', "capid runs list"),
        (["webhooks", "deliveries", "--status=sendign"], 'did you mean "sending"?', "capid webhooks deliveries"),
        (["completions", "bsh"], 'did you mean "bash"?', "capid completions"),
        (["keys"], "capid keys takes a command: create, list, revoke", "capid keys"),
        (["keys", "create"], "--name is required", "capid keys create"),
        (["version", "now"], "not expected: now", "capid version"),
    ]:
        answer = subprocess.run([support.BINARY, *words], capture_output=True, text=True)
        told, pointer = answer.stderr.splitlines()
        assert (answer.returncode, answer.stdout, pointer) == (2, "", f"Run  {see} --help  for what it takes."), answer
        assert told.startswith("capid: ") and message in told, answer


def test_help_of_a_command():
    def screen(*words):
        answer = subprocess.run([support.BINARY, *words], capture_output=True, text=True)
        assert (answer.returncode, answer.stderr) == (0, ""), answer
        return answer.stdout

    assert screen("help") == screen("--help") == screen("-h") == screen("help", "--help")
    assert screen("help", "run") == screen("run", "--help") and screen("help", "runs", "list") == screen("runs", "list", "-h")
    assert screen("--version") == screen("version")
    assert json.loads(screen("version", "--json")) == {"version": screen("version").split()[1]}


def test_what_is_printed_for_people_is_there_as_json(capid):
    with capid.config_path.open("a") as config:
        config.write("webhooks: {allow: ['127.0.0.0/8'], retry_base: 1h}\n")
    capid.shell_app("app", "true")
    capid.start()
    made = json.loads(capid.cli("keys", "create", "--name", "ci", "--app", "app", "--json").stdout)
    (listed,) = json.loads(capid.cli("keys", "list", "--json").stdout)
    assert made == {**listed, "key": made["key"]} and re.fullmatch("capi_[0-9A-Za-z]{36}", made["key"])
    assert capid.client(made["key"]).run("app")["status"] == "completed"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/.*#.+", json.loads(capid.cli("setup", "--json").stdout)["url"])
    capid.apps.chmod(0o777)
    assert json.loads(capid.cli("apps", "new", "fresh", "--json").stdout) == {"id": "fresh", "file": f"{capid.apps}/fresh/app.yaml"}
    sent = capid.cli("webhooks", "test", "http://127.0.0.1:9/", "--json", check=False)
    delivery = json.loads(sent.stdout)
    assert sent.returncode == 1 and delivery == json.loads(capid.cli("webhooks", "deliveries", "--json").stdout)[0] and delivery["attempts"]
    lists = [["accounts", "list"], ["apps", "list"], ["apps", "check"], ["secrets", "list"], ["runs", "list"], ["webhooks", "deliveries"], ["webhooks", "secret"], ["doctor"]]
    for words in lists:
        assert isinstance(json.loads(capid.cli(*words, "--json", check=False).stdout), list | dict), words


def test_help_and_version():
    assert subprocess.run([support.BINARY, "version"], capture_output=True, text=True).stdout.startswith("capid ")
    screen = subprocess.run([support.BINARY, "--help"], capture_output=True, text=True)
    assert screen.returncode == 0 and 24 <= len(screen.stdout.splitlines()) <= 42
    assert screen.stdout.index("capid serve") < screen.stdout.index("Subcommands:"), "examples first"

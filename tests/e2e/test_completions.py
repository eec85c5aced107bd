# SPDX-License-Identifier: Apache-2.0
"""Completions: what they know, that they only look, and that no word of theirs is ever run; in real shells."""
import json
import socket
import subprocess
import time

import capid as support
import pytest
import servers
import shells

HOSTILE = ["$(touch HACKED)", "`touch HACKED`", "; touch HACKED;", "a'b'$(touch HACKED)", 'x"y$(touch HACKED)', "two words", "ends\\"]
MANIFEST = """
name: Sales report
inputs:
  region: {type: select, options: [EMEA, APAC, %s]}
  year: {type: integer, label: "Which year"}
  draft: {type: boolean}
  sales: {type: file}
""" % ", ".join("'" + word.replace("'", "''") + "'" for word in HOSTILE)


@pytest.fixture
def ready(capid):
    capid.shell_app("report", "echo hello", MANIFEST)
    capid.shell_app("review", "echo hello")
    with capid.config_path.open("a") as config:
        config.write("providers: {local: {base_url: 'http://127.0.0.1:1'}}\nmodels: [{id: qwen3, provider: local, upstream: q}]\n")
    capid.start()
    return capid


@pytest.fixture
def shell(ready):
    folder = ready.root / "home"
    folder.mkdir()
    (folder / "notes.txt").write_text("")
    (folder / "folder").mkdir()
    folder.chmod(0o777)
    config = folder / "config.yaml"
    config.write_text(ready.config_path.read_text() + f"data: {ready.data}\n")
    (folder / "capid").symlink_to(ready.data)
    made = shells.Shell(folder, {"XDG_DATA_HOME": str(folder)}, ready.user)
    made.at = ("--config", str(config))
    yield made
    assert not list(folder.rglob("HACKED")), "a word was run"


def offered(shell, *words):
    return shell.complete(*shell_words(shell, words))[1]


def shell_words(shell, words):
    """With --config, behind the command."""
    command = 1 if words[0] == "run" else 2
    return [*words[:command], *shell.at, *words[command:]]


def test_commands_options_and_their_choices(shell):
    assert shell.complete("")[1] == ["setup", "serve", "keys", "accounts", "apps", "run", "runs", "webhooks", "secrets", "backup", "restore", "doctor", "completions", "version", "help"]
    assert shell.complete("ru")[1] == ["run", "runs"] and shell.complete("runs", "")[1] == ["list", "show", "logs", "cancel", "replay", "artifacts"]
    assert shell.complete("help", "keys", "")[1] == ["create", "list", "revoke"]
    assert shell.complete("runs", "list", "--st")[1] == ["--status"]
    assert shell.complete("runs", "list", "--status", "")[1] == ["pending", "running", "completed", "failed", "cancelled"]
    assert shell.complete("runs", "list", "--status=f")[1] == ["--status=failed"]
    assert shell.complete("accounts", "add", "--role", "")[1] == ["admin", "member"]
    assert shell.complete("completions", "")[1] == ["bash", "zsh", "fish"]
    used = shell.complete("run", "--wait", "--tag", "a", "-")[1]
    assert "--wait" not in used and "--tag" in used and "--json" in used, "what may be given again is offered again"
    assert shell.complete("run", "app", "-f", "") == ("files", []) and shell.complete("run", "app", "-o", "") == ("folders", [])
    for words in (["agent", ""], ["rnu", ""], ["version", ""], ["keys", "create", "--name", ""], ["run", "--", "-"]):
        assert shell.complete(*words)[1] == [], words
    assert shell.run("capid", "complete", "zsh").stdout == shell.run("capid", "complete").stdout == ""


def test_words_of_the_data_folder(ready, shell):
    run = ready.cli("run", "report", "--workspace", "w1", "--wait", "--json")
    assert run.returncode == 0
    ready.cli("accounts", "add", "ada")
    ready.cli("secrets", "set", "TOKEN", input="x")
    ready.key(name="ci")
    (key,) = [key["id"] for key in json.loads(ready.cli("keys", "list", "--json").stdout)]
    run_id = ready.database("SELECT id FROM runs")[0][0]
    for words, found in [
        (["run", "re"], ["report", "review"]), (["apps", "check", "rep"], ["report"]), (["runs", "list", "--app", ""], ["report", "review"]),
        (["run", "report", "-i", ""], ["region=", "year=", "draft="]), (["run", "report", "-i", "draft="], ["draft=true", "draft=false"]),
        (["run", "report", "-i", "region=A"], ["region=APAC"]), (["run", "review", "-i", ""], []), (["run", "report", "-f", "s"], ["sales="]),
        (["runs", "show", ""], [run_id]), (["runs", "cancel", "x"], []), (["runs", "list", "--before", ""], [run_id]),
        (["accounts", "credit", ""], ["ada", "admin"]), (["keys", "create", "--account", "ad"], ["ada", "admin"]), (["run", "--account", "ada"], ["ada"]),
        (["secrets", "remove", ""], ["TOKEN"]), (["run", "report", "--model", ""], ["qwen3"]), (["run", "report", "--workspace", ""], ["w1"]),
        (["keys", "revoke", ""], [key]),
    ]:
        assert sorted(offered(shell, *words)) == sorted(found), words
    assert offered(shell, "runs", "show", "--account", "ada", "") == [], "another account's runs are not one's own"



def test_nothing_is_made_changed_or_said(ready, shell):
    ready.cli("run", "report", "--wait")
    lines = [["run", ""], ["run", "report", "-i", ""], ["runs", "show", ""], ["keys", "revoke", ""], ["accounts", "passwd", ""]]
    for stopped in (False, True):
        if stopped:
            ready.stop()
        before = everything_in(ready.data)
        for words in lines:
            offered(shell, *words)
        assert everything_in(ready.data) == before
    shell.at = ("--data", str(shell.folder / "nowhere"))
    for words in lines:
        assert offered(shell, *words) == []
    assert not (shell.folder / "nowhere").exists()
    broken = shell.folder / "broken.yaml"
    broken.write_text("a: [")
    shell.at = ("--config", str(broken))
    assert offered(shell, "run", "") == []


def everything_in(folder):
    return sorted(str(path) for path in folder.rglob("*"))


def test_a_server_elsewhere_is_asked_and_not_waited_for(ready, shell):
    run = ready.client().submit("report", workspaceId="w2")
    there = {"CAPI_URL": ready.url, "CAPI_KEY": ready.key(), "XDG_DATA_HOME": "/nonexistent"}
    shell.environment |= there
    assert shell.complete("run", "")[1] == ["report", "review"] and shell.complete("runs", "logs", "")[1] == [run]
    assert sorted(shell.complete("run", "report", "-i", "")[1]) == ["draft=", "region=", "year="] and shell.complete("run", "report", "-i", "draft=t")[1] == ["draft=true"]
    assert shell.complete("run", "report", "-f", "")[1] == ["sales="] and shell.complete("run", "report", "--workspace", "")[1] == ["w2"]
    assert shell.complete("accounts", "passwd", "")[1] == [], "that command asks no server"
    shell.environment["CAPI_KEY"] = ""
    shell.environment["CAPI_URL"] = "http://capid.example.org"
    assert shell.complete("run", "")[1] == []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for url in (f"http://127.0.0.1:{silent.getsockname()[1]}", "http://127.0.0.1:9", "nonsense"):
            shell.environment |= {"CAPI_URL": url, "CAPI_KEY": servers.well_formed_key()}
            began = time.monotonic()
            assert shell.complete("run", "")[1] == []
            assert time.monotonic() - began < 1.5 * support.PATIENCE


def test_what_a_hostile_server_says_is_no_command_and_no_option(shell):
    apps = [{"id": name, "name": "a\nb\tc\x1b[31m"} for name in ("good", "--config=/x", "esc\x1b[31m", "new\nline", "tab\tbed", "$(touch HACKED)", "", "\u202e")]
    server = servers.Fake({"GET /apps": [(200, {}, {"apps": apps})] * 9})
    try:
        shell.environment |= {"CAPI_URL": server.url, "CAPI_KEY": servers.well_formed_key()}
        answer = shell.run("capid", "complete", "zsh", "run", "")
        assert "\x1b" not in answer.stdout and "--config" not in answer.stdout and "good\ta\n" in answer.stdout
        assert "\\$\\(touch\\ HACKED\\)" in shell.bash("capid run ") and "good" in shell.bash("capid run ")
    finally:
        server.close()


def test_bash(shell):
    line = f"capid run report --config {shell.at[1]} "
    assert shell.bash("capid ru") == ["run", "runs"] and shell.bash("capid runs list --status=f") == ["failed"]
    assert shell.bash(f"capid run --config {shell.at[1]} re") == ["report", "review"]
    assert shell.bash(line + "-i ") == ["region=", "year=", "draft="] and shell.bash(line + "-i draft=") == ["true", "false"]
    regions = shell.bash(line + "-i region=")
    assert regions[:2] == ["EMEA", "APAC"] and len(regions) == 2 + len(HOSTILE)
    assert shell.bash(line + r"-i region=two\ w") == [r"two\ words"]
    for word, quoted in zip(HOSTILE, regions[2:], strict=True):
        assert shell.run("bash", "-c", f"printf %s {quoted}").stdout == word, "it is that word again, and nothing is run"
    for begun in ("'", '"', "$(", "`"):
        assert shell.bash(line + "-i " + begun) == []
    assert sorted(shell.bash(line + "-f ")) == ["bin", "capid", "config.yaml", "folder", "notes.txt", "sales="]


@pytest.mark.skipif("fish" not in shells.SHELLS, reason="needs fish")
def test_fish(shell):
    line = f"capid run report --config {shell.at[1]} "
    assert shell.fish("capid ru") == ["run", "runs"] and shell.fish("capid runs list --status=f") == ["--status=failed"]
    assert shell.fish(line + "-i ") == ["region=", "year=", "draft="]
    assert shell.fish(line + "-i region=") == ["region=" + word for word in ["EMEA", "APAC", *HOSTILE]]
    assert shell.fish(line + "-i 'region=two w") == ["region=two words"]
    assert set(shell.fish(line + "-f ")) >= {"sales=", "notes.txt"} and shell.fish(line + "-f sales=no") == ["sales=notes.txt"]
    assert shell.fish(line + "-o fo") == ["folder/"]


@pytest.mark.parametrize("name", [name for name in shells.SHELLS if name != "fish"])
def test_what_tab_puts_on_the_line(shell, name):
    at = f"--config {shell.at[1]}"
    for typed, becomes in [
        ("capid ver", "capid version "),
        ("capid runs list --stat", "capid runs list --status "),
        (f"capid run {at} rep", f"capid run {at} report "),
        (f"capid run report {at} -i yea", f"capid run report {at} -i year="),
        (f"capid run report {at} -i draft=t", f"capid run report {at} -i draft=true "),
        (f"capid run report {at} -i region=tw", f"capid run report {at} -i region=two\\ words "),
        (f"capid run report {at} -i region=\\;", f"capid run report {at} -i region=\\;\\ touch\\ HACKED\\; "),
        (f"capid run report {at} -f not", f"capid run report {at} -f notes.txt "),
        (f"capid run report {at} -f sales=not", f"capid run report {at} -f sales=notes.txt "),
    ]:
        line = shell.press_tab(name, typed)
        assert line == becomes, typed


def test_scripts_are_sound():
    for shell in shells.SHELLS:
        script = subprocess.run([support.BINARY, "completions", shell], capture_output=True, text=True, check=True).stdout
        checked = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True)
        assert (checked.returncode, checked.stderr) == (0, ""), shell

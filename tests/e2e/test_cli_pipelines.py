# SPDX-License-Identifier: Apache-2.0
"""capid in shell pipelines and in GitHub Actions: what a script may rely on, and what an agent's words must not do there."""
import json
import os
import re
import subprocess

import capid as support
import pytest

WORDS = "::add-mask::x\n  ::set-output name=a::b\n##[add-mask]y\n::error::fake"
SAID = "printf '::add-mask::log\\n##[add-mask]log\\n' >&2; "


@pytest.fixture
def ready(capid):
    capid.shell_app("good", SAID + f"printf '{WORDS}'")
    capid.shell_app("bad", SAID + "printf '50%% of it\\r\\n::set-output name=x::y\\n' >&2; exit 3")
    capid.shell_app("slow", "echo going >&2; sleep 300")
    capid.start()
    return capid


def command(capid, *words):
    return support.as_user([support.BINARY, *words, "--config", capid.config_path, "--data", capid.data], capid.user)


def in_actions(capid, *words, **options):
    environment = {**os.environ, "GITHUB_ACTIONS": "true"}
    return subprocess.run(command(capid, *words), capture_output=True, text=True, env=environment, timeout=120, **options)


def obeyed(log):
    """The commands that GitHub's runner takes from a log, as its ActionCommandManager does: until stop-commands, from its token on."""
    token, commands = None, []
    for line in log.splitlines():
        if token:
            token = None if line.strip().lower() == f"::{token}::" else token
        elif stop := re.match(r"\s*::stop-commands::(\S+)", line):
            token = stop[1]
        elif re.match(r"\s*::\w", line) or "##[" in line:
            commands.append(line)
    assert token is None, "what the step prints next is obeyed again"
    return commands


def pipeline(capid, line, **environment):
    """A line of bash with pipefail, as a step of Actions has it; `capid` stands for the program."""
    call = " ".join(map(str, command(capid, "$@")[:-4])) .replace("$@", '"$@"')
    at = f'--config "{capid.config_path}" --data "{capid.data}"'
    script = f"capid() {{ {call} {at}; }}; set -o pipefail; {line}"
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, env={**os.environ, **environment}, timeout=120)


def test_a_reader_that_goes_away_is_no_failure(ready):
    for _ in range(3):
        ready.cli("run", "good", "--wait")
    ready.cli("accounts", "add", "ada")
    for words in ("runs list", "runs list --json", "keys list --all", "accounts list", "apps check", "apps check --json", "secrets list --json", "webhooks secret", "doctor --json", "doctor"):
        for reader in ("true", "head -c 1 >/dev/null"):
            cut = pipeline(ready, f"capid {words} | {reader}")
            assert cut.returncode in ((0, 5, 6) if words.startswith("doctor") else (0,)) and cut.stderr == "", (words, reader, cut)
    assert pipeline(ready, "capid run good --wait --json | true").returncode == 0
    assert pipeline(ready, "capid run bad --wait --json | true").returncode == 3, "how it ended is what counts"
    for words in ("--help", "run --help", "version", "completions zsh"):
        cut = subprocess.run(["bash", "-c", f"set -o pipefail; {support.BINARY} {words} | true"], capture_output=True, text=True)
        assert (cut.returncode, cut.stderr) == (0, ""), cut


def test_following_ends_with_its_reader(ready):
    ready.shell_app("ticks", "while sleep 0.1; do echo tick >&2; done")
    support.wait_until(lambda: ready.client().request("GET", "/api/v1/apps/ticks").status_code == 200)
    run = ready.cli("run", "ticks").stdout.strip()
    followed = pipeline(ready, f"capid runs logs -f {run} | head -1")
    assert (followed.returncode, followed.stdout, followed.stderr) == (0, "tick\n", "· running: Starting sandbox\n")
    ready.cli("runs", "cancel", run)


def test_data_that_cannot_be_written_is_told(ready):
    ready.cli("accounts", "add", "ada")
    for words in ("accounts list", "accounts list --json", "keys list --json --all", "apps list", "runs list --json"):
        full = pipeline(ready, f"capid {words} >/dev/full")
        assert full.returncode == 1 and full.stderr.startswith("capid: cannot write to standard output"), full


def test_only_data_is_on_stdout_and_nothing_is_coloured(ready):
    for words, data in [("run good --wait", WORDS), ("run bad --wait", "")]:
        answer = pipeline(ready, f"capid {words}", TERM="xterm-256color", GITHUB_ACTIONS="true")
        assert answer.stdout == data and "\x1b" not in answer.stdout + answer.stderr and "\r" not in answer.stderr
    assert pipeline(ready, "printf 'x y' | capid secrets set PIPED && capid secrets list --json | grep -o PIPED").stdout == "PIPED\n"
    assert pipeline(ready, "capid run good --tag \"$(echo from-a-pipe)\" | xargs -n1 echo id").stdout.startswith("id ")


def test_words_of_an_agent_are_no_commands(ready):
    ran = in_actions(ready, "run", "good", "--wait")
    assert (ran.returncode, ran.stdout) == (0, WORDS), "data stays as it is"
    assert "::add-mask::log" in ran.stderr and obeyed(ran.stderr) == []
    run = json.loads(ready.cli("runs", "list", "--json").stdout)["runs"][0]["id"]
    for words in (["runs", "show", run], ["runs", "logs", run, "-f"], ["runs", "list"], ["runs", "replay", run, "--wait"], ["runs", "artifacts", run]):
        merged = subprocess.run(command(ready, *words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "GITHUB_ACTIONS": "true"}, timeout=120)
        assert merged.returncode == 0 and obeyed(merged.stdout) == [], merged
    tokens = re.findall(r"::stop-commands::(\w+)", ran.stderr + in_actions(ready, "runs", "list").stderr)
    assert len(tokens) == len(set(tokens)) == 2 and all(len(token) == 32 for token in tokens)
    assert "::" not in ready.cli("runs", "list").stderr, "elsewhere nobody wants to see that"


def test_what_fails_is_an_annotation(ready):
    failed = in_actions(ready, "run", "bad", "--wait")
    (error,) = obeyed(failed.stderr)
    assert failed.returncode == 3 and failed.stdout == ""
    assert error.startswith("::error title=capid%3A bad failed::AGENT_EXIT_NONZERO: the agent ended with exit code 3:%0A")
    assert "50%25 of it" in error and "%0A::set-output name=x::y" in error
    gone = in_actions(ready, "run", "godo")
    assert gone.returncode == 1 and obeyed(gone.stderr) == ['::error title=capid::capid: there is no app "godo"; did you mean "good"?']
    assert obeyed(in_actions(ready, "run", "x\n::add-mask::z").stderr)[0].startswith("::error title=capid::capid: ")
    assert len(obeyed(in_actions(ready, "run", "x\n::add-mask::z").stderr)) == 1
    (wrong,) = obeyed(in_actions(ready, "rnu").stderr)
    assert wrong == '::error title=capid::capid: there is no command "rnu"; did you mean "run"?'


def test_a_cancelled_run_is_an_annotation(ready):
    process = subprocess.Popen(command(ready, "run", "slow", "--wait"), stderr=subprocess.PIPE, text=True, env={**os.environ, "GITHUB_ACTIONS": "true"})
    before = [process.stderr.readline(), process.stderr.readline()]
    run = before[1].split()[2]
    ready.cli("runs", "cancel", run)
    log = "".join(before) + process.communicate(timeout=60)[1]
    assert process.returncode == 4 and obeyed(log) == [f"::error title=capid%3A slow was cancelled::run {run}"]

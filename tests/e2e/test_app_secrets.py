# SPDX-License-Identifier: Apache-2.0
"""The operator's secrets: an app is given those that it names, as they are when a run starts, and nobody else sees them."""
import base64
import hashlib
import json
import os
import pty
import secrets
import termios

import capid as support
import pytest

USES = "secrets: [{name: GITHUB_TOKEN, env: TOKEN}]"
NOT_SET = "the secret GITHUB_TOKEN is not set: the operator sets it with  capid secrets set GITHUB_TOKEN"
DIGEST = 'printf %s "$TOKEN" | sha256sum | cut -d" " -f1'   # what was given, without saying it


def digest(value):
    return hashlib.sha256(value.encode()).hexdigest() + "\n"


def set_secret(capid, name, value):
    done = capid.cli("secrets", "set", name, input=value)
    assert (done.stdout, done.stderr) == ("", "Set. Runs that start from now on are given it.\n")


def refused(run, message):
    assert (run["status"], run["errorCode"], run["errorMessage"]) == ("failed", "SANDBOX_SETUP_FAILED", message)
    assert run["usage"]["credits"] == 0, "a run that was not started costs nothing"


def test_a_secret_is_given_as_it_is_when_a_run_starts(capid):
    capid.shell_app("app", DIGEST, USES)
    client = capid.start().client()
    refused(client.run("app"), NOT_SET)
    set_secret(capid, "GITHUB_TOKEN", "first\n")
    assert client.text("app") == digest("first"), "without the line's end, with the server running all the while"
    set_secret(capid, "GITHUB_TOKEN", "second")
    assert client.text("app") == digest("second")
    assert capid.cli("secrets", "remove", "GITHUB_TOKEN").returncode == 0
    refused(client.run("app"), NOT_SET)
    assert "the secret GITHUB_TOKEN is not set" in capid.log()


def test_an_app_is_given_what_it_names_and_nothing_else(capid):
    capid.shell_app("one", "env | grep -c . ; env | cut -d= -f1 | sort | tr '\\n' ' '", USES)
    capid.shell_app("none", "env | cut -d= -f1 | sort | tr '\\n' ' '")
    client = capid.start().client()
    set_secret(capid, "GITHUB_TOKEN", "value")
    set_secret(capid, "OTHER", "value")
    assert " TOKEN " in client.text("one") and "OTHER" not in client.text("one")
    assert "TOKEN" not in client.text("none") and "OTHER" not in client.text("none")


def test_a_large_secret_arrives_whole(capid):
    value = secrets.token_hex(8 * 1024)
    capid.shell_app("app", DIGEST, USES)
    client = capid.start().client()
    set_secret(capid, "GITHUB_TOKEN", value)
    assert client.text("app") == digest(value)


def test_a_value_lies_open_nowhere(capid):
    """In no file of the data folder, no log, no answer, and in nothing that says what a process was started with."""
    values = ["Wq7-" + secrets.token_urlsafe(24), "Zt3-" + secrets.token_urlsafe(24)]
    capid.shell_app("app", f"{DIGEST}; echo working >&2; sleep 1; echo x > /out/x.txt", USES)
    client = capid.start().client()
    set_secret(capid, "GITHUB_TOKEN", values[0])
    first = client.run("app")
    set_secret(capid, "GITHUB_TOKEN", values[1])
    running = client.submit("app")
    support.wait_until(lambda: client.get(running)["status"] == "running")
    family = support.subprocess.run(["pgrep", "-f", str(support.BINARY)], capture_output=True, text=True).stdout.split()
    assert str(capid.server_pid()) in family
    started_with = b"".join(path.read_bytes() for pid in family for path in support.pathlib.Path(f"/proc/{pid}").glob("cmdline"))
    second = client.wait(running)
    refused_run = capid.cli("secrets", "set", "bad name", input=values[1], check=False)
    answers = json.dumps([first, second, [client.request("GET", f"/api/v1/{path}").text for path in ("runs", "apps", "openapi.json", "readyz")]])
    answers += "".join(client.request("GET", f"/api/v1/runs/{run['id']}/events", headers={"Accept": "application/json"}).text for run in (first, second))
    told = capid.cli("secrets", "list").stdout + capid.cli("secrets", "list", "--json").stdout + capid.cli("apps", "check").stdout + refused_run.stderr

    def search(when):
        searched = [path for path in [*capid.data.rglob("*"), capid.log_path] if path.is_file()]
        assert {"capid.db", "instance.secret", "log"} <= {path.name for path in searched}
        contents = {path.name: path.read_bytes() for path in searched}
        contents |= {"the answers": answers.encode(), "the commands": told.encode(), "the command lines": started_with}
        assert any(b"GITHUB_TOKEN" in content for content in contents.values())
        for name, content in contents.items():
            for value in values:
                for form in (value.encode(), value.encode()[8:24], base64.b64encode(value.encode()).rstrip(b"=")[:-1], value.encode().hex().encode()):
                    assert form not in content, f"{form} in {name} {when}"

    search("while the server runs")
    capid.stop()
    search("after it stopped")


def test_another_instance_secret_does_not_open_it(capid):
    capid.shell_app("app", DIGEST, USES)
    capid.start()
    set_secret(capid, "GITHUB_TOKEN", "value")
    capid.stop()
    kept = (capid.data / "instance.secret").read_bytes()
    (capid.data / "instance.secret").write_bytes(secrets.token_bytes(32))
    refused(capid.start().client().run("app"), "the secret GITHUB_TOKEN cannot be opened: a stored secret cannot be opened: the instance secret is not the one it was sealed with")
    capid.stop()
    (capid.data / "instance.secret").write_bytes(kept)
    assert capid.start().client().text("app") == digest("value")


def test_apps_check_says_beforehand_what_is_missing(capid):
    capid.shell_app("app", DIGEST, USES)
    capid.shell_app("plain", "true")
    check = capid.cli("apps", "check")
    assert check.stdout == f"app: sound\n  warning: {NOT_SET}\nplain: sound\n", "also where no server has run yet"
    capid.start()
    assert capid.cli("apps", "check").stdout == check.stdout
    assert json.loads(capid.cli("apps", "check", "app", "--json").stdout) == [{"id": "app", "status": "ready", "name": "app", "warnings": [NOT_SET]}]
    set_secret(capid, "GITHUB_TOKEN", "value")
    assert capid.cli("apps", "check").stdout == "app: sound\nplain: sound\n"


def test_the_commands(capid):
    before = capid.cli("secrets", "list", check=False)
    assert before.returncode == 2 and "start `capid serve` once" in before.stderr
    capid.start()
    empty = capid.cli("secrets", "list")
    assert (empty.stdout, "no secrets yet" in empty.stderr) == ("", True)
    set_secret(capid, "B_TOKEN", "x")
    set_secret(capid, "A_TOKEN", "x")
    listed = json.loads(capid.cli("secrets", "list", "--json").stdout)
    assert [list(row) for row in listed] == [["name", "createdAt", "updatedAt"]] * 2
    assert [row["name"] for row in listed] == ["A_TOKEN", "B_TOKEN"]
    lines = capid.cli("secrets", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", "A_TOKEN", "B_TOKEN"]
    for words, given, message in [
        (["set", "lower"], "x", "a secret's name is 1 to 64 of A-Z, 0-9 and '_', not beginning with a digit"),
        (["set", "EMPTY"], "", "the value is empty"),
        (["set", "EMPTY"], "\n", "the value is empty"),
        (["set", "NUL"], "a\0b", "a NUL byte"),
        (["set", "LARGE"], "x" * (16 * 1024 + 1), "larger than 16384 bytes"),
        (["set", "LARGE"], "x" * 200_000, "larger than 16384 bytes"),
        (["remove", "A_TOKNE"], None, 'there is no secret "A_TOKNE"; did you mean "A_TOKEN"?'),
        (["set", "A_TOKEN", "value"], None, "not expected"),
    ]:
        answer = capid.cli("secrets", *words, input=given, check=False)
        assert (answer.returncode, answer.stdout) == (2, ""), answer
        assert message in answer.stderr
    set_secret(capid, "LARGE", "x" * 16 * 1024 + "\r\n")
    assert [row["name"] for row in json.loads(capid.cli("secrets", "list", "--json").stdout)] == ["A_TOKEN", "B_TOKEN", "LARGE"]


class Terminal:
    """`capid secrets set NAME` with a terminal of its own, as its user sees it."""

    def __init__(self, capid, name):
        command = support.as_user([support.BINARY, "secrets", "set", name, "--config", capid.config_path, "--data", capid.data], "ordinary")
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)
        self.seen = b""

    def read_until(self, text):
        while text not in self.seen:
            self.seen += os.read(self.master, 4096)

    def type(self, text):
        os.write(self.master, text)

    def end(self):
        try:
            while more := os.read(self.master, 4096):
                self.seen += more
        except OSError:
            pass
        _, status = os.waitpid(self.pid, 0)
        assert termios.tcgetattr(self.master)[3] & termios.ECHO, "the terminal shows again what is typed"
        os.close(self.master)
        return os.waitstatus_to_exitcode(status)


def test_what_is_typed_is_not_shown(capid):
    capid.shell_app("app", DIGEST, USES)
    client = capid.start().client()
    terminal = Terminal(capid, "GITHUB_TOKEN")
    terminal.read_until(b"The value of GITHUB_TOKEN (not shown): ")
    terminal.type(b"from the keyboard\n")
    assert terminal.end() == 0
    assert b"keyboard" not in terminal.seen
    assert client.text("app") == digest("from the keyboard")


@pytest.mark.parametrize("typed, code", [(b"half\x03", 130), (b"x" * 4095 + b"\n", 2), (b"\n", 2)], ids=["interrupted", "too long", "empty"])
def test_what_is_not_typed_to_its_end_is_not_set(capid, typed, code):
    capid.start()
    terminal = Terminal(capid, "GITHUB_TOKEN")
    terminal.read_until(b"(not shown): ")
    terminal.type(typed)
    assert terminal.end() == code
    assert b"half" not in terminal.seen and b"xxx" not in terminal.seen
    assert json.loads(capid.cli("secrets", "list", "--json").stdout) == []

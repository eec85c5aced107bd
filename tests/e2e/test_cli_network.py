# SPDX-License-Identifier: Apache-2.0
"""capid run and capid runs over bad networks, and against servers that are busy, hostile or somebody else."""
import hashlib
import json
import os
import pty
import signal
import subprocess
import time

import capid as support
import pytest
import servers

RUN = "01a21337-ee79-7001-9321-b3c475b470bf"
ACCEPTED = (202, {}, {"id": RUN, "status": "pending", "appId": "app", "appName": "app"})
COMPLETED = (200, {}, {"id": RUN, "status": "completed", "result": {"text": "hello", "artifacts": []}, "usage": {"credits": 1, "wallSeconds": 0.1}})
EVENTS = (200, {"Content-Type": "text/event-stream"}, b"retry: 2000\n\n")
BUSY = (429, {"Retry-After": "1"}, {"error": {"code": "RATE_LIMITED", "message": "slow down"}})
AWAY = (503, {"Retry-After": "1"}, {"error": {"code": "SHUTTING_DOWN", "message": "capid is shutting down"}})


def client(url, *words, key=None, **environment):
    given = {**os.environ, "CAPI_URL": url, "CAPI_KEY": key or servers.well_formed_key(), "XDG_DATA_HOME": "/nonexistent", **environment}
    return subprocess.run(list(map(str, [support.BINARY, *words])), capture_output=True, text=True, env=given, timeout=120)


@pytest.fixture
def fake():
    made = []

    def make(**answers):
        """Answers by the name of what is asked for; the rest as a completed run."""
        made.append(servers.Fake({
            "POST /apps/app/runs": answers.get("start", [ACCEPTED]),
            f"GET /runs/{RUN}/events": answers.get("events", [EVENTS]),
            f"GET /runs/{RUN}": answers.get("run", [COMPLETED]),
            f"GET /runs/{RUN}/artifacts": answers.get("artifacts", [(200, {}, {"artifacts": []})]),
            **answers.get("more", {}),
        }))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def proxy():
    made = []

    def make(*arguments, **options):
        made.append(servers.Proxy(*arguments, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def artifact(title, content=b"bytes", **other):
    return {"id": hashlib.sha256(title.encode()).hexdigest()[:8], "type": "text/plain", "title": title, "size": len(content), "sha256": hashlib.sha256(content).hexdigest(), **other}


def test_a_busy_server_is_waited_for(fake):
    server = fake(start=[BUSY, ACCEPTED], run=[AWAY, BUSY, COMPLETED], events=[BUSY, AWAY, EVENTS])
    began = time.monotonic()
    ran = client(server.url, "run", "app", "--wait")
    assert (ran.returncode, ran.stdout) == (0, "hello")
    assert ran.stderr.count("· trying again in 1 s: too many requests\n") == 3 and "shutting down" in ran.stderr and "the server is not ready" in ran.stderr
    assert time.monotonic() - began >= 5
    posts = [headers["Idempotency-Key"] for call, headers, _ in server.asked if call.startswith("POST")]
    assert len(posts) == 2 and len(set(posts)) == 1 and len(posts[0]) == 32


def test_a_post_is_not_repeated_on_503(fake):
    server = fake(start=[AWAY])
    ran = client(server.url, "run", "app")
    assert (ran.returncode, ran.stderr, len(server.asked)) == (1, "capid: capid is shutting down\n", 1)


def test_the_rate_limit_of_a_real_server_is_told():
    with support.server(config="rate_limit: {requests_per_minute: 2}\n") as capid:
        capid.shell_app("app", "echo hello")
        capid.start()
        key = capid.key()
        for _ in range(2):
            assert client(capid.url, "runs", "list", key=key).returncode == 0
        process = subprocess.Popen([support.BINARY, "runs", "list"], stderr=subprocess.PIPE, text=True, env={**os.environ, "CAPI_URL": capid.url, "CAPI_KEY": key})
        assert process.stderr.readline().endswith(" s: too many requests\n")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert capid.cli("run", "app", "--wait").stdout == "hello\n", "the local way has a rate of its own"


def test_a_start_whose_answer_is_lost_starts_one_run(capid, proxy):
    capid.shell_app("app", "echo hello; cat $CAPI_INPUTS", "inputs: {x: {type: text}}")
    capid.start()
    (capid.root / "file.txt").write_text("text")
    lossy = proxy(capid.url, plan=["swallow", 0])
    ran = client(lossy.url, "run", "app", "-i", "x=1", "-f", capid.root / "file.txt", "--wait", key=capid.key())
    assert ran.returncode == 0 and '"name":"file.txt"' in ran.stdout, ran
    assert "trying again in 1 s: the connection ended before there was a whole answer" in ran.stderr
    assert len(json.loads(capid.cli("runs", "list", "--json").stdout)["runs"]) == 1


def test_events_are_told_once_over_a_connection_that_breaks(capid, proxy):
    capid.shell_app("app", "for i in 1 2 3 4 5; do echo line $i >&2; sleep 0.3; done; echo hello")
    capid.start()
    run = capid.client().submit("app")
    lossy = proxy(capid.url, plan=[700, 900])
    followed = client(lossy.url, "runs", "logs", run, "-f", key=capid.key())
    assert (followed.returncode, followed.stdout) == (0, "".join(f"line {i}\n" for i in range(1, 6))), followed
    assert "trying again" in followed.stderr


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_server_that_comes_back_is_found_again(end):
    with support.server(config="runs: {shutdown_grace: 1s}\n") as capid:
        capid.shell_app("slow", "echo going >&2; sleep 300")
        capid.start()
        process = subprocess.Popen([support.BINARY, "run", "slow", "--wait"], stderr=subprocess.PIPE, text=True, env={**os.environ, "CAPI_URL": capid.url, "CAPI_KEY": capid.key()})
        while process.stderr.readline() != "going\n":
            assert process.poll() is None
        getattr(capid, end)()
        time.sleep(3)   # longer than the first pause: it tries in vain at least once
        capid.listen = capid.url.removeprefix("http://")
        capid.start()
        output = process.communicate(timeout=60)[1]
        assert process.returncode == 3 and "✗ the run failed: INTERRUPTED" in output, output
        assert end == "stop" or "· trying again in 1 s: " in output


def test_hostile_artifacts_stay_in_the_folder(fake, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "link").symlink_to(tmp_path)
    (out / "target").symlink_to(tmp_path / "outside")
    (out / "folder").mkdir()
    listed = [artifact(title) for title in ("../up", "/tmp/absolute", "a/../../up", "link/through", "good/./x", "", "folder", "dots/..", "esc\x1b[31m")]
    listed += [artifact("target"), artifact("twice"), artifact("twice"), artifact("short", size=9), artifact("long", size=2), artifact("other", sha256="0" * 64), artifact("sub/good", b"fine")]
    served = {f"GET /runs/{RUN}/artifacts/{one['id']}": [(200, {}, b"fine" if one["title"] == "sub/good" else b"bytes")] for one in listed}
    server = fake(artifacts=[(200, {}, {"artifacts": listed})], more=served)
    before = sorted(tmp_path.iterdir())
    ran = client(server.url, "run", "app", "-o", out)
    assert (ran.returncode, ran.stdout) == (1, "hello")
    assert "12 artifacts could not be saved (see above)" in ran.stderr, ran.stderr
    assert sorted(tmp_path.iterdir()) == before and "\x1b" not in ran.stderr
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file() and not path.is_symlink()) == ["esc\x1b[31m", "sub/good", "target", "twice"]
    for line in ("not saved: ../up: its path leads out of the folder", "not saved: /tmp/absolute: its path is absolute", "not saved: link/through: link is in the way, and is no folder",
                 "not saved: twice: another artifact has the same path", "not saved: short: fewer bytes came", "not saved: long: more bytes came", "not saved: other: its bytes are not those"):
        assert line in ran.stderr, ran.stderr


def test_what_is_not_capid_is_told(fake):
    for answer, message in [((200, {}, b"<html>"), "is not capid's"), ((502, {}, b"<html>Bad gateway"), "answered with status 502, and not as capid does: is CAPI_URL right?"),
                            ((302, {"Location": "http://127.0.0.1:1/"}, b""), "answered with status 302"), ((200, {}, []), "is not capid's"),
                            ((500, {"X-Request-Id": "abc"}, {"error": {"message": "no \x1b[31mluck", "details": [{"field": "a", "message": "b"}, 7]}}), "capid: no [31mluck (request abc)\n  a: b\n")]:
        ran = client(fake(run=[answer]).url, "runs", "show", RUN)
        assert (ran.returncode, ran.stdout) == (1, "") and message in ran.stderr, ran
    for odd in ([1, "x", None], [{"status": 5, "tags": 7, "usage": "x", "inputs": [1], "files": {"a": 1}}]):
        listed = client(fake(more={"GET /runs": [(200, {}, {"runs": odd})]}).url, "runs", "list")
        assert (listed.returncode, len(listed.stdout.splitlines())) == (0, 1 + len(odd)), listed
        assert client(fake(run=[(200, {}, {"result": odd, "artifacts": odd, **odd[-1]} if odd[-1] else {})], artifacts=[(200, {}, {"artifacts": odd})]).url, "runs", "show", RUN).returncode == 0


def test_https_with_a_certificate_to_trust(capid, proxy):
    capid.shell_app("app", "echo hello")
    capid.start()
    good, other = servers.certificate(capid.root, "127.0.0.1"), servers.certificate(capid.root, "capid.test")
    secure = proxy(capid.url, tls=good)
    key = capid.key()
    ran = client(secure.url, "run", "app", "--wait", key=key, SSL_CERT_FILE=str(good[0]))
    assert (ran.returncode, ran.stdout) == (0, "hello\n"), ran
    for url, trusted, why in [(secure.url, other[0], "its certificate is not trusted (self-signed certificate)"), (proxy(capid.url, tls=other).url, other[0], "its certificate is for another name"),
                              (secure.url, "/nonexistent", "cannot read certificates from /nonexistent")]:
        refused = client(url, "run", "app", key=key, SSL_CERT_FILE=str(trusted))
        assert refused.returncode == 1 and f"cannot trust {url}: {why}" in refused.stderr, refused
    assert len(json.loads(capid.cli("runs", "list", "--json").stdout)["runs"]) == 1


@pytest.mark.skipif(not support.IS_ROOT, reason="needs root")
def test_a_hosts_name_is_looked_up_without_the_name_service_switch(capid, proxy):
    capid.shell_app("app", "echo hello")
    capid.start()
    certificate = servers.certificate(capid.root, "capid.test")
    (capid.root / "hosts").write_text("127.0.0.1 capid.test\n")
    url = f"https://capid.test:{proxy(capid.url, tls=certificate).port}"
    inside = ["unshare", "-m", "sh", "-c", f'mount --bind {capid.root}/hosts /etc/hosts && exec {support.BINARY} "$@"', "sh", "run", "app", "--wait"]
    ran = subprocess.run(inside, capture_output=True, text=True, env={**os.environ, "CAPI_URL": url, "CAPI_KEY": capid.key(), "SSL_CERT_FILE": str(certificate[0])})
    assert (ran.returncode, ran.stdout) == (0, "hello\n"), ran


def test_a_hundred_megabytes_are_sent_from_the_disk(capid):
    capid.shell_app("app", "cat /in/files/* | wc -c")
    capid.start()
    files = []
    for i in range(10):
        (capid.root / f"{i}.csv").write_bytes(b"12345678,\n" * (1 << 20))
        files += ["-f", str(capid.root / f"{i}.csv")]
    most = []
    for words in ([], files):
        process = subprocess.Popen([support.BINARY, "run", "app", "--wait", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "CAPI_URL": capid.url, "CAPI_KEY": capid.key()})
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        most.append(usage.ru_maxrss)
    assert output.strip() == str(100 << 20)
    assert most[1] - most[0] < 20_000, most


def test_colours_are_for_terminals(fake):
    server = fake(events=[(200, {"Content-Type": "text/event-stream"}, b'id: 1\ndata: {"type":"log","data":{"text":"\\u001b[2Jgone"}}\n\nid: 2\ndata: {"type":"status","data":{"status":"running"}}\n\n')])

    def on_terminal(**environment):
        ours, theirs = pty.openpty()
        given = {**os.environ, "CAPI_URL": server.url, "CAPI_KEY": servers.well_formed_key(), "TERM": "xterm", **environment}
        process = subprocess.Popen([support.BINARY, "run", "app", "--wait"], stdout=subprocess.PIPE, stderr=theirs, env=given)
        os.close(theirs)
        talk = b""
        try:
            while data := os.read(ours, 4096):
                talk += data
        except OSError:
            pass   # the terminal's other end is closed
        os.close(ours)
        assert process.communicate()[0] == b"hello"
        return talk.decode()

    coloured = on_terminal()
    assert "\x1b[2m· running\x1b[0m" in coloured and "\x1b[32m✓ completed" in coloured and "[2Jgone" in coloured and "\x1b[2J" not in coloured
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in on_terminal(**environment)
    assert "\x1b" not in client(server.url, "run", "app", "--wait").stderr

# SPDX-License-Identifier: Apache-2.0
"""A request that is sent twice makes one run, however the second one comes."""
import json
import os
import threading

import capid as support
import pytest

RUNS = "/api/v1/apps/app/runs"


@pytest.fixture
def client(capid):
    capid.shell_app("app", "echo done", "inputs: {n: {type: integer}}")
    capid.shell_app("other", "echo other", "inputs: {n: {type: integer}}")
    return capid.start().client()


def post(client, key, path=RUNS, **arguments):
    arguments.setdefault("json", {"inputs": {"n": 1}})
    headers = {"Idempotency-Key": key, **arguments.pop("headers", {})}
    return client.request("POST", path, headers=headers, **arguments)


def test_a_repeat_gets_the_first_answer_also_when_the_run_is_over(client):
    first = post(client, "k1")
    client.wait(first.json()["id"])
    for spelled in ("k1", '"k1"'):
        again = post(client, spelled)
        assert (again.status_code, again.json()) == (202, first.json())
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert len(client.request("GET", "/api/v1/runs").json()["runs"]) == 1


def test_two_simultaneous_requests_make_one_run(client, capid):
    for number in range(20):
        answers = []
        barrier = threading.Barrier(4)

        def send(key):
            own = capid.client(client.key)
            barrier.wait()
            answers.append(post(own, key))

        threads = [threading.Thread(target=send, args=(f"same-{number}",)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        ids = {answer.json()["id"] for answer in answers if answer.status_code == 202}
        assert len(ids) == 1
        assert {answer.json()["error"]["code"] for answer in answers if answer.status_code != 202} <= {"IDEMPOTENCY_IN_PROGRESS"}
        assert post(client, f"same-{number}").json()["id"] in ids
    assert capid.database("SELECT count(*) FROM runs") == [(20,)]


def form(boundary, fields, files):
    body = b""
    for name, value in fields:
        body += b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (boundary, name, value)
    for name, content in files:
        body += b'--%s\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\nContent-Type: text/plain\r\n\r\n%s\r\n' % (boundary, name, content)
    return {"data": body + b"--%s--\r\n" % boundary, "headers": {"Content-Type": f"multipart/form-data; boundary={boundary.decode()}"}, "json": None}


def test_a_form_with_another_boundary_and_order_is_the_same_request(client):
    fields = [(b"inputs", b'{"n": 1}'), (b"tags", b'["a"]')]
    files = [(b"a.txt", b"content"), (b"b.txt", b"more")]
    first = post(client, "k", **form(b"one", fields, files))
    again = post(client, "k", **form(b"another-boundary", fields[::-1], files))
    assert (again.status_code, again.json()) == (202, first.json()) and again.headers["Idempotent-Replayed"]


@pytest.mark.parametrize(
    "change",
    [{"inputs": {"n": 2}}, {"tags": ["x"]}, {"metadata": {"a": "b"}}, {"ttlSeconds": 60}, {"timeoutSeconds": 60}, {"workspaceId": "w"}, {"maxCredits": 5}],
    ids=str,
)
def test_another_request_under_the_same_key_is_refused(client, change):
    post(client, "k")
    answer = post(client, "k", json={"inputs": {"n": 1}, **change})
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["field"]) == (422, "IDEMPOTENCY_KEY_REUSED", "Idempotency-Key")


@pytest.mark.parametrize("files", [[(b"a.txt", b"changed")], [(b"b.txt", b"content")], [(b"a.txt", b"content"), (b"c.txt", b"x")], []], ids=str)
def test_other_files_make_another_request(client, files, capid):
    fields = [(b"inputs", b'{"n": 1}')]
    post(client, "k", **form(b"XX", fields, [(b"a.txt", b"content")]))
    assert post(client, "k", **form(b"XX", fields, files)).status_code == 422
    assert list((capid.data / "files/incoming").iterdir()) == []


def test_a_key_is_of_one_account_and_one_app(client, capid):
    capid.cli("accounts", "add", "ada")
    stranger = capid.client(capid.key(account="ada"))
    ids = {post(client, "k").json()["id"], post(client, "k", "/api/v1/apps/other/runs").json()["id"], post(stranger, "k").json()["id"]}
    assert len(ids) == 3
    assert post(client, "k", "/api/v1/runs", json={"appId": "app", "inputs": {"n": 1}}).json()["id"] in ids, "either address"


def test_only_acceptances_are_kept(client, capid):
    assert post(client, "k", json={"inputs": {"n": "no number"}}).status_code == 400
    assert post(client, "k").status_code == 202
    with_credits = support.server(config="credits: {enforce: true}\n")
    with with_credits as poor:
        poor.shell_app("app", "true")
        its = poor.start().client()
        assert post(its, "k", json={}).status_code == 402
        poor.cli("accounts", "credit", "admin", "1")
        assert post(its, "k", json={}).status_code == 202


def test_a_repeat_is_answered_whatever_became_of_the_app_and_after_a_restart(client, capid):
    first = post(client, "k")
    client.wait(first.json()["id"])
    (capid.apps / "app/app.yaml").write_text("agent: {comand: [true]}")
    support.wait_until(lambda: client.request("POST", RUNS, json={}).status_code == 409)
    assert post(client, "k").json() == first.json()
    capid.stop()
    client = capid.start().client(client.key)
    assert post(client, "k").json() == first.json()


def test_a_key_is_forgotten_after_a_day(client, capid):
    first = post(client, "k").json()["id"]
    client.wait(first)
    capid.stop()
    import sqlite3

    with sqlite3.connect(capid.data / "capid.db") as database:
        database.execute("UPDATE idempotency_keys SET created_at = created_at - 24 * 3600 * 1000 - 1000")
    database.close()
    for path in capid.data.glob("capid.db*"):
        os.chown(path, support.NOBODY, support.NOBODY) if support.IS_ROOT else None
    client = capid.start().client(client.key)
    assert post(client, "k", json={"inputs": {"n": 7}}).json()["id"] != first


def test_a_repeat_may_wait_for_the_run(client):
    first = post(client, "k")
    again = post(client, "k", headers={"Prefer": "wait=30"})
    assert (again.status_code, again.json()["id"], again.json()["status"]) == (200, first.json()["id"], "completed")
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_replay_takes_a_key_too(client):
    run = client.run("app", {"n": 1})["id"]
    other = client.run("app", {"n": 1})["id"]
    first = post(client, "k", f"/api/v1/runs/{run}/replay", json=None)
    assert post(client, "k", f"/api/v1/runs/{run}/replay", json=None).json() == first.json()
    assert post(client, "k", f"/api/v1/runs/{other}/replay", json=None).status_code == 422


@pytest.mark.parametrize("key", ["", '""', "x" * 256, '"open', "caf\u00e9".encode(), '"a"; b'], ids=repr)
def test_a_key_that_is_none_is_refused(client, key):
    answer = post(client, key)
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["field"]) == (400, "INVALID_PARAMETER", "Idempotency-Key")
    assert json.loads(client.request("GET", "/api/v1/runs").text)["runs"] == []

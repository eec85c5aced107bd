# SPDX-License-Identifier: Apache-2.0
"""Signatures of webhooks, verified by the package which the standard's own authors give to receivers."""
import base64
import contextlib
import dataclasses
import json
import re
import sqlite3
import subprocess
import time

import capid as support
import pytest
from hooks import Hooks, signature
from receivers import receiver

VERIFY = support.TOP / "tests/standardwebhooks/verify.js"
VECTOR = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DAY_MS = 24 * 3600 * 1000


def verify(*cases):
    """What the package says of each (secret, request): the payload, or None where it refuses it."""
    def case(secret, request, **more):
        headers = {name: value for name, value in request.headers.items() if name.startswith("webhook-")}
        return {"secret": secret, "headers": headers, "body": base64.b64encode(request.body).decode(), **more}

    given = json.dumps([case(secret, request, raw=not secret.startswith("whsec_")) for secret, request in cases])
    done = subprocess.run(["node", VERIFY], input=given, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["vector"] == VECTOR, "the package signs as the specification does"
    assert all("payload" in answer or answer["refused"] == "No matching signature found" for answer in told["answers"]), told
    return [answer.get("payload") for answer in told["answers"]]


def altered(request, **changes):
    """A copy with another body, or with other headers."""
    body = changes.pop("body", request.body)
    headers = {name.replace("_", "-"): value for name, value in changes.items()}
    return dataclasses.replace(request, body=body, headers={**request.headers, **headers})


@pytest.fixture
def ready(capid):
    capid.shell_app("quick", "printf 'gr\\303\\274n \\342\\202\\254 \\360\\237\\230\\200'")
    capid.hooks = Hooks(capid)
    return capid


def delivered(capid, client, hook):
    """The request that a run of now brings."""
    run = capid.hooks.submit(client, "quick", hook.url)
    capid.hooks.ended(run)
    return hook.of_run(run)[0]


def test_the_package_finds_each_delivery_genuine_and_no_altered_one(ready):
    client = ready.start().client()
    with receiver(500, 200) as hook:
        request = delivered(ready, client, hook)
        again = hook.requests[1]
        secret = ready.hooks.secret()
        raw = secret.removeprefix("whsec_")
        other = "whsec_" + base64.b64encode(b"x" * 32).decode()
        body = altered(request, body=request.body.replace(b"completed", b"cancelled"))
        id = altered(request, webhook_id="01a21337-ee79-7001-9321-b3c475b470bf")
        stamp = altered(request, webhook_timestamp=str(int(request.headers["webhook-timestamp"]) + 1))
        seen = verify((secret, request), (secret, again), (raw, request), (other, request), (secret, body), (secret, id), (secret, stamp))
        run = request.json()
        assert seen == [run, run, run, None, None, None, None] and run["result"]["text"] == "grün € 😀"


def test_a_secret_is_made_at_its_first_need_stays_and_is_all_there_is_on_stdout(ready):
    client = ready.start().client()
    with receiver() as hook:
        request = delivered(ready, client, hook)   # before anybody asked for the secret
        shown = ready.cli("webhooks", "secret")
        assert re.fullmatch(r"whsec_[A-Za-z0-9+/]+={0,2}\n", shown.stdout)
        secret = shown.stdout.strip()
        assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64
        assert request.headers["webhook-signature"] == signature(secret, request), "one signature, with this secret"
        assert ready.hooks.secret() == secret == ready.hooks.secret("--account", "admin")
        told = json.loads(ready.cli("webhooks", "secret", "--json").stdout)
        assert told == {"account": "admin", "secret": secret, "createdAt": told["createdAt"], "previous": []} and TIME.fullmatch(told["createdAt"])
        ready.stop()
        assert ready.hooks.secret() == secret, "also with no server running"
        client = ready.start().client()
        later = delivered(ready, client, hook)
        assert verify((secret, later)) == [later.json()]


def test_each_account_has_a_secret_of_its_own(ready):
    client = ready.start().client()
    ready.cli("accounts", "add", "bob")
    bob = ready.client(ready.key(account="bob"))
    with receiver() as hook:
        ours, his = delivered(ready, client, hook), delivered(ready, bob, hook)
        secrets = ready.hooks.secret(), ready.hooks.secret("--account", "bob")
        seen = verify((secrets[0], ours), (secrets[1], his), (secrets[0], his), (secrets[1], ours))
        assert seen == [ours.json(), his.json(), None, None]
    wrong = ready.cli("webhooks", "secret", "--account", "bbo", check=False)
    assert wrong.returncode in (1, 2) and wrong.stdout == "" and 'did you mean "bob"?' in wrong.stderr


def test_after_a_rotation_both_sign_for_a_day_and_then_the_new_one_alone(ready):
    client = ready.start().client()
    with receiver() as hook:
        old = ready.hooks.secret()
        before = delivered(ready, client, hook)
        new = ready.cli("webhooks", "secret", "--rotate").stdout.strip()
        assert new == ready.hooks.secret() != old
        between = delivered(ready, client, hook)
        assert between.headers["webhook-signature"].split(" ") == [signature(new, between), signature(old, between)]
        assert verify((old, before), (new, before), (old, between), (new, between)) == [before.json(), None, between.json(), between.json()]

        told = json.loads(ready.cli("webhooks", "secret", "--json").stdout)
        (previous,) = told["previous"]
        assert (told["account"], told["secret"], set(previous)) == ("admin", new, {"createdAt", "retiresAt"})
        ((left,),) = ready.database("SELECT retires_at FROM webhook_secrets WHERE retires_at IS NOT NULL")
        assert left - time.time() * 1000 == pytest.approx(DAY_MS, abs=120_000)
        ready.stop()
        retire(ready, "retires_at = retires_at - ?", DAY_MS)
        client = ready.start().client()
        after = delivered(ready, client, hook)
        assert after.headers["webhook-signature"] == signature(new, after)
        assert verify((old, after), (new, after)) == [None, after.json()]
        assert json.loads(ready.cli("webhooks", "secret", "--json").stdout)["previous"] == []


def test_who_rotates_twice_signs_with_all_three(ready):
    client = ready.start().client()
    with receiver() as hook:
        secrets = [ready.hooks.secret(), ready.hooks.secret("--rotate"), ready.hooks.secret("--rotate")]
        request = delivered(ready, client, hook)
        assert sorted(request.headers["webhook-signature"].split(" ")) == sorted(signature(secret, request) for secret in secrets)
        assert verify(*((secret, request) for secret in secrets)) == [request.json()] * 3
        assert len(json.loads(ready.cli("webhooks", "secret", "--json").stdout)["previous"]) == 2


def test_a_retry_after_a_rotation_is_signed_with_both(capid):
    capid.shell_app("quick", "true")
    capid.hooks = Hooks(capid, retry_base="2s")
    client = capid.start().client()
    with receiver(500, 200) as hook:
        run = capid.hooks.submit(client, "quick", hook.url)
        hook.wait(1)
        secrets = [capid.hooks.secret(), capid.hooks.secret("--rotate")]
        capid.hooks.ended(run)
        assert verify(*((secret, hook.requests[1]) for secret in secrets)) == [hook.requests[1].json()] * 2


def test_no_secret_lies_in_the_data_folder_in_the_clear(ready):
    client = ready.start().client()
    with receiver() as hook:
        delivered(ready, client, hook)
        secrets = [ready.hooks.secret(), ready.hooks.secret("--rotate")]
        ready.stop()
    for path in ready.data.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for secret in secrets:
            text = secret.removeprefix("whsec_")
            assert text.encode() not in content and base64.b64decode(text) not in content, path
    assert not any(secret.removeprefix("whsec_") in ready.log() for secret in secrets)


def retire(capid, change, *values):
    """Sets back when the earlier secrets retire, while no server runs."""
    path = capid.data / "capid.db"
    owner = path.stat()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE webhook_secrets SET {change} WHERE retires_at IS NOT NULL", values)
    for file in capid.data.glob("capid.db*"):
        support.os.chown(file, owner.st_uid, owner.st_gid)

# SPDX-License-Identifier: Apache-2.0
"""A key in the data folder cannot be turned back into a key, and never reaches a log, a sandbox or a core file."""
import base64
import hashlib
import json
import os
import stat

import capid as support


def forms_of(secret):
    """The key and every unkeyed hash of it that somebody might have stored, in the usual spellings."""
    yield "key", secret.encode()
    yield "the key's random part", secret[5:35].encode()
    for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s"):
        for part in (secret, secret[5:], secret[5:35]):
            digest = hashlib.new(name, part.encode()).digest()
            yield f"{name} raw", digest
            yield f"{name} hex", digest.hex().encode()
            yield f"{name} HEX", digest.hex().upper().encode()
            yield f"{name} base64", base64.b64encode(digest).rstrip(b"=")
            yield f"{name} base64url", base64.urlsafe_b64encode(digest).rstrip(b"=")
    for size in (16, 20, 32):
        digest = hashlib.blake2b(secret.encode(), digest_size=size).digest()
        yield f"blake2b-{size * 8} raw", digest
        yield f"blake2b-{size * 8} hex", digest.hex().encode()
        yield f"blake2b-{size * 8} base64", base64.b64encode(digest).rstrip(b"=")


def test_no_file_holds_a_key_or_an_unkeyed_hash_of_it(capid):
    capid.shell_app("app", "cat /in/inputs.json; env")
    client = capid.start().client()
    client.run("app", files=[("files", ("a.txt", b"x"))])
    revoked = capid.key(name="revoked")
    capid.cli("keys", "revoke", json.loads(capid.cli("keys", "list", "--json").stdout)[-1]["id"])
    assert client.request("GET", "/livez", headers={"Authorization": f"Bearer {revoked}"}).status_code == 200
    assert support.Client(capid.url, revoked).request("GET", "/api/v1/runs/x").status_code == 401
    support.wait_until(lambda: capid.database("SELECT count(*) FROM keys WHERE last_used_at IS NOT NULL")[0][0] > 0, what="a key's last use")
    assert os.path.getsize(capid.data / "capid.db-wal") > 0, "the write-ahead log is among what is searched"

    def search(when):
        searched = [path for path in [*capid.data.rglob("*"), capid.log_path] if path.is_file()]
        assert {"capid.db", "instance.secret", "log"} <= {path.name for path in searched}
        for path in searched:
            content = path.read_bytes()
            for secret in (client.key, revoked):
                for name, form in forms_of(secret):
                    assert form not in content, f"{name} in {path.name} {when}"

    search("while the server runs")
    capid.stop()
    search("after it stopped")


def test_the_data_folder_is_its_owners_alone(capid):
    capid.shell_app("app", "true")
    client = capid.start().client()
    client.run("app", files=[("files", ("a.txt", b"x"))])
    assert stat.S_IMODE((capid.data / "instance.secret").stat().st_mode) == 0o600
    for path in [capid.data, *capid.data.rglob("*")]:
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0 or path.is_relative_to(capid.data / "versions"), path


def test_the_server_can_neither_be_dumped_nor_traced_by_its_own_user(capid):
    capid.start()
    for process in support.subprocess.run(["pgrep", "-s", "0", "-f", str(capid.data)], capture_output=True, text=True).stdout.split():
        assert (support.pathlib.Path("/proc") / process / "environ").owner() == "root"
    status = (support.pathlib.Path("/proc") / str(capid.server_pid()) / "limits").read_text()
    assert "Max core file size        0" in status


def test_without_its_secret_the_server_refuses_to_start(capid):
    capid.start()
    capid.stop()
    secret = capid.data / "instance.secret"
    kept = secret.read_bytes()
    secret.unlink()
    capid.start(wait=False)
    assert capid.process.wait(30) == 2
    assert "instance.secret is missing" in capid.log()
    assert not secret.exists(), "no new secret is made over a database that has keys"
    secret.write_bytes(kept[:-1])
    if support.IS_ROOT:
        os.chown(secret, support.NOBODY, support.NOBODY)
    capid.start(wait=False)
    assert capid.process.wait(30) != 0
    assert "is damaged" in capid.log()

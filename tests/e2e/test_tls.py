# SPDX-License-Identifier: Apache-2.0
"""TLS by files: spoken on addresses, never on Unix sockets, with the certificate that the files hold now."""
import contextlib
import hashlib
import http.client
import os
import pathlib
import re
import socket
import ssl
import subprocess
import time

import capid as support
import pytest
import requests


def certificate(folder, name, host="127.0.0.1"):
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=IP:{host}", "-keyout", key, "-out", cert], check=True, capture_output=True)
    for path in (key, cert):
        path.chmod(0o644)
    return cert, key


def use(capid, pair):
    """Puts a certificate where the config says; each file by renaming, as tools do it."""
    for source, name in zip(pair, ("tls.pem", "tls.key")):
        fresh = capid.root / f"{name}.new"
        fresh.write_bytes(source.read_bytes())
        fresh.chmod(0o644)
        fresh.rename(capid.root / name)


@pytest.fixture
def capid(tmp_path):
    with support.server() as capid:
        capid.config_path.write_text(capid.config_path.read_text() + f"tls: {{certificate: {capid.root}/tls.pem, key: {capid.root}/tls.key}}\nlisten: [127.0.0.1:0, 'unix:{capid.data}/own.sock']\n")
        capid.listen = None
        capid.pair = certificate(tmp_path, "first")
        use(capid, capid.pair)
        yield capid


def start(capid):
    """Without --listen, which would take the place of the two listeners."""
    with open(capid.log_path, "ab") as log:
        capid.process = subprocess.Popen(support.as_user([support.BINARY, "serve", "--config", capid.config_path, "--data", capid.data], "ordinary"), stderr=log, stdout=log, stdin=subprocess.DEVNULL)
    capid.url = support.wait_until(lambda: re.search(r"listening on (https://\S+)\n", capid.log()), 60, "the start")[1]
    support.wait_until(lambda: "listening on unix:" in capid.log(), 20)
    assert (capid.data / "local.sock").stat().st_mode & 0o777 == 0o700, "the command line's own way in"
    return capid


def served(capid, **options):
    """The name in the certificate of a fresh connection."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for name, value in options.items():
        setattr(context, name, value)
    with socket.create_connection(("127.0.0.1", int(capid.url.rsplit(":", 1)[1])), 10) as raw, context.wrap_socket(raw) as tls:
        der = tls.getpeercert(binary_form=True)
    return re.search(r"CN ?= ?(\w+)", subprocess.run(["openssl", "x509", "-noout", "-subject"], input=ssl.DER_cert_to_PEM_cert(der), capture_output=True, text=True, check=True).stdout)[1]


def test_everything_goes_over_tls_and_local_commands_need_no_certificate(capid):
    capid.shell_app("app", "cat /in/files/* | sha256sum; head -c 3000000 /dev/urandom >/out/large", "inputs: {f: {type: file}}\n")
    start(capid)
    session = requests.Session()
    session.trust_env = False   # where a bundle of the machine's own may be named
    session.verify = str(capid.pair[0])
    session.headers["Authorization"] = f"Bearer {capid.key()}"
    content = os.urandom(9 << 20)
    answer = session.post(f"{capid.url}/api/v1/apps/app/runs", files={"f": ("f.txt", content)}, headers={"Prefer": "wait=60"}, timeout=90)
    assert answer.status_code == 200 and answer.json()["status"] == "completed", answer.text
    assert hashlib.sha256(content).hexdigest() in answer.json()["result"]["text"]
    artifact, = answer.json()["result"]["artifacts"]
    assert hashlib.sha256(session.get(capid.url + artifact["downloadUrl"], timeout=60).content).hexdigest() == artifact["sha256"]
    assert session.get(f"{capid.url}/api/v1/runs/{answer.json()['id']}/events", headers={"Accept": "text/event-stream"}, timeout=60).text.count("data:") > 2
    (capid.root / "f.txt").write_text("local\n")
    told = capid.cli("run", "app", "-f", str(capid.root / "f.txt"), "--wait").stdout
    assert told, "over the socket that is for local commands alone"
    page = session.get(capid.url + "/", timeout=60)
    assert page.status_code == 200
    assert capid.cli("setup").stdout.startswith("https://127.0.0.1:")


def test_the_page_session_is_a_secure_cookie(capid):
    start(capid)
    token = capid.cli("setup").stdout.strip().rsplit("#", 1)[1]
    answer = requests.post(f"{capid.url}/admin/api/setup", json={"token": token, "password": "a password of some length"}, headers={"Origin": capid.url}, verify=str(capid.pair[0]), timeout=60)
    assert answer.status_code in (200, 201), answer.text
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-") and "; Secure" in cookie


def test_a_changed_certificate_is_used_and_a_broken_one_is_not(capid, tmp_path):
    start(capid)
    assert served(capid) == "first"
    use(capid, certificate(tmp_path, "second"))
    support.wait_until(lambda: served(capid) == "second", 20, "the new certificate")
    (capid.root / "tls.key").write_text("no key\n")
    time.sleep(1.2)
    assert served(capid) == "second"
    assert "the certificate was not changed" in support.wait_until(lambda: "not changed" in capid.log() and capid.log(), 10)
    use(capid, certificate(tmp_path, "third"))
    support.wait_until(lambda: served(capid) == "third", 20, "the one after")


@pytest.mark.parametrize("spoil, complaint", [
    (lambda capid: (capid.root / "tls.pem").unlink(), "the certificate .*tls.pem cannot be used"),
    (lambda capid: (capid.root / "tls.pem").write_text("no certificate\n"), "the certificate .*tls.pem cannot be used"),
    (lambda capid: (capid.root / "tls.key").chmod(0), "the key .*tls.key cannot be used"),
    (lambda capid: use(capid, (capid.pair[0], certificate(capid.root, "other")[1])), "the key .*tls.key cannot be used: key values mismatch"),
])
def test_a_start_with_what_cannot_be_used_is_refused_with_words(capid, spoil, complaint):
    spoil(capid)
    ended = subprocess.run(support.as_user([support.BINARY, "serve", "--config", capid.config_path, "--data", capid.data], "ordinary"), capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2 and re.search(complaint, ended.stderr), ended.stderr


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_who_speaks_no_tls_is_told_so_and_old_versions_are_not_spoken(capid):
    start(capid)
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", int(capid.url.rsplit(":", 1)[1]), timeout=10)) as plain:
        plain.request("GET", "/livez")
        answer = plain.getresponse()
        assert answer.status == 400 and b"speaks TLS" in answer.read()
    with pytest.raises((ssl.SSLError, ConnectionError, ValueError)):
        served(capid, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)
    assert requests.get(capid.url + "/livez", verify=str(capid.pair[0]), timeout=10).status_code == 200


def test_silent_and_broken_clients_take_nothing_from_others(capid):
    start(capid)
    port = int(capid.url.rsplit(":", 1)[1])
    silent = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(50)]
    for each in silent[:25]:
        each.sendall(b"\x16\x03\x01\x02\x00\x01")   # the beginning of a greeting
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port), 10) as broken:
            broken.sendall(b"\x16\x03\x01\x00\x05hello")
    assert requests.get(capid.url + "/livez", verify=str(capid.pair[0]), timeout=10).status_code == 200
    assert capid.stop() == 0, "they keep nobody from stopping it either"
    for each in silent:
        each.close()


def test_no_connection_can_hold_a_thread_beyond_its_deadlines(capid):
    """OpenSSL waits on a socket that waits, whatever the time: the server's end of each must be one that does not."""
    start(capid)
    port = int(capid.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(b"\x16\x03\x01\x02\x00\x01")
        own = f"{client.getsockname()[1]:04X}"

        def server_end():
            """The inode of the socket whose remote port is ours."""
            rows = [line.split() for line in pathlib.Path(f"/proc/{capid.process.pid}/net/tcp").read_text().splitlines()[1:]]
            return next((row[9] for row in rows if row[2].endswith(":" + own) and row[9] != "0"), None)

        inode = support.wait_until(server_end, 10)
        folder = pathlib.Path(f"/proc/{capid.process.pid}")

        def flags():
            for entry in (folder / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.readlink(entry) == f"socket:[{inode}]":
                        return int(re.search(r"flags:\s*(\d+)", (folder / "fdinfo" / entry.name).read_text())[1], 8)
            return 0

        support.wait_until(lambda: flags() & os.O_NONBLOCK, 5, "a socket that does not wait")

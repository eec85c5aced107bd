# SPDX-License-Identifier: Apache-2.0
"""`capid backup` and `capid restore`: everything that was accepted before is there again, byte by byte, and nothing but a whole archive is taken."""
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import tarfile
import threading

import capid as support
import pytest

MAKES = "cat >/dev/null; cat /in/files/* >/out/copy; head -c 5000 /dev/urandom >/out/made; echo kept >/workspace/note; ln -sf note /workspace/link; echo text\n"
MANIFEST = "inputs: {f: {type: file}}\n"


def restore(archive, data, *more, check=True, input=None):
    command = support.as_user([support.BINARY, "restore", archive, "--data", data, *more], "ordinary")
    return subprocess.run(command, capture_output=True, text=input is None, check=check, input=input, timeout=120 * support.PATIENCE)


def place(capid, name):
    """A folder that the server's user may write to."""
    folder = capid.root / name
    folder.mkdir()
    folder.chmod(0o777)
    return folder


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A server with a few runs, its archive, and what its key saw before."""
    with support.server() as capid:
        capid.shell_app("app", MAKES, MANIFEST)
        capid.start()
        client = capid.client()
        runs = [client.run("app", files={"f": (f"f{i}.txt", b"attached %d" % i)}, workspaceId="shared") for i in range(3)]
        archive = place(capid, "archives") / "capid.tar"
        capid.cli("backup", archive)
        capid.stop()
        yield capid, client, runs, archive


def test_everything_is_back_and_goes_on(saved):
    capid, client, runs, archive = saved
    with support.server() as again:
        again.apps.rmdir()
        shutil.copytree(capid.apps, again.apps)
        told = restore(archive, again.data).stderr
        assert "3 runs, 9 files" in told
        again.start()
        there = support.Client(again.url, client.key)
        for run in runs:
            assert there.get(run["id"]) == run
            for artifact in run["result"]["artifacts"]:
                assert hashlib.sha256(there.request("GET", artifact["downloadUrl"]).content).hexdigest() == artifact["sha256"]
        assert there.wait(there.request("POST", f"/api/v1/runs/{runs[0]['id']}/replay").json()["id"])["status"] == "completed"
        workspace, = [path for path in (again.data / "workspaces").iterdir() if path.is_dir()]
        assert (workspace / "note").read_text() == "kept\n" and os.readlink(workspace / "link") == "note"
        assert there.run("app", files={"f": ("f.txt", b"x")}, workspaceId="shared")["status"] == "completed"


def test_a_backup_under_load_has_every_run_that_was_accepted_before_it():
    with support.server(config="runs: {concurrency: 2}\nretention: {artifacts: 2s}\n") as capid:
        capid.shell_app("app", MAKES, MANIFEST)
        capid.start()
        client = capid.client()
        accepted, stop = [], threading.Event()

        def submit():
            own = support.Client(capid.url, client.key)
            while not stop.is_set():
                accepted.append(own.submit("app", files={"f": ("f.txt", os.urandom(2000))}))

        threads = [threading.Thread(target=submit) for _ in range(4)]
        for thread in threads:
            thread.start()
        archives = place(capid, "archives")
        kept = []
        try:
            for i in range(3):
                support.wait_until(lambda: len(accepted) > 40 * (i + 1), 60, "some runs")
                before = list(accepted)
                capid.cli("backup", archives / f"{i}.tar")
                kept.append(before)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        capid.stop()
        for i, before in enumerate(kept):
            with support.server(config="runs: {concurrency: 1}\n") as again:
                restore(archives / f"{i}.tar", again.data)
                there = {run for run, in again.database("SELECT id FROM runs")}
                assert set(before) <= there
                for blob, sha256 in again.database("SELECT blob, sha256 FROM run_files WHERE blob <> '' UNION SELECT blob, sha256 FROM artifacts WHERE blob <> ''"):
                    assert hashlib.sha256((again.data / "files/blobs" / blob).read_bytes()).hexdigest() == sha256


def test_what_is_cut_off_or_changed_anywhere_is_refused_and_leaves_nothing(saved, tmp_path):
    capid, _, _, archive = saved
    whole = archive.read_bytes()
    chance = random.Random(1)
    target = place(capid, "refused")
    broken = capid.root / "broken.tar"

    def refused(content, what):
        broken.write_bytes(content)
        broken.chmod(0o644)
        for more in ([], ["--verify"]):
            told = restore(broken, target, *more, check=False)
            assert told.returncode != 0 and "no sound backup" in told.stderr, (what, told.stderr)
        assert [path.name for path in target.iterdir() if path.name != "capid.lock"] == [], what

    for size in [0, 1, 511, 512, len(whole) - 1, len(whole) - 1024, len(whole) - 512, *(chance.randrange(len(whole)) for _ in range(12))]:
        refused(whole[:size], f"cut off at {size}")
    for at in [len(whole) - 1, len(whole) - 1100, *(chance.randrange(len(whole)) for _ in range(40))]:
        refused(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1:], f"changed at {at}")
    refused(whole + b"more", "longer")
    told = restore(archive, target, "--verify").stderr
    assert told.startswith("Sound: 3 runs, 9 files")


def test_it_is_a_tar_that_other_tools_read(saved, tmp_path):
    _, _, _, archive = saved
    subprocess.run(["tar", "-C", tmp_path, "-xf", archive], check=True)
    checked = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    assert json.loads((tmp_path / "manifest.json").read_text())["runs"] == 3
    assert archive.stat().st_mode & 0o777 == 0o600, "it holds the instance secret"


def test_it_goes_through_pipes_and_fails_where_they_break(saved):
    capid, *_ = saved
    capid_words = support.as_user([support.BINARY, "backup", "-", "--data", capid.data], "ordinary")
    piped = subprocess.run(capid_words, capture_output=True, check=True, timeout=60)
    told = restore("-", capid.root / "none", "--verify", input=piped.stdout).stderr
    assert told.startswith(b"Sound: 3 runs")
    with open("/dev/full", "wb") as full:
        failed = subprocess.run(capid_words, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert failed.returncode == 1 and "could not be written" in failed.stderr
    assert not (capid.data / "backup.scratch").exists()


def test_nothing_is_overwritten(saved):
    capid, _, _, archive = saved
    again = capid.cli("backup", archive, check=False)
    assert again.returncode == 2 and "is there already" in again.stderr
    told = restore(archive, capid.data, check=False)
    assert told.returncode == 2 and "is not empty" in told.stderr
    capid.start()
    told = restore(archive, capid.data, check=False)
    assert told.returncode == 2 and "another capid serves" in told.stderr
    capid.stop()


def test_a_damaged_file_keeps_nothing_else_from_being_saved(saved):
    capid, _, runs, archive = saved
    with support.server() as other:
        restore(archive, other.data)
        lost, changed = other.database("SELECT blob FROM artifacts ORDER BY id LIMIT 2")
        (other.data / "files/blobs" / lost[0]).unlink()
        (other.data / "files/blobs" / changed[0]).write_bytes(b"something else")
        told = other.cli("backup", place(other, "archives") / "b.tar").stderr
        assert all(f"damaged or missing: files/blobs/{blob}" in told for blob, in (lost, changed)), told
        with support.server() as third:
            told = restore(other.root / "archives/b.tar", third.data).stderr
            assert "damaged or missing" in told and third.database("SELECT count(*) FROM runs") == [(3,)]


@pytest.mark.skipif(not support.IS_ROOT, reason="takes root")
def test_as_root_it_writes_where_its_caller_may_and_gives_the_data_to_the_services_user(saved, tmp_path):
    capid, _, _, archive = saved
    private = tmp_path / "private"   # which the data's owner cannot enter
    private.mkdir(mode=0o700)
    subprocess.run([support.BINARY, "backup", private / "b.tar", "--data", capid.data], check=True, capture_output=True)
    with support.server(user="root") as other:
        subprocess.run([support.BINARY, "restore", private / "b.tar", "--data", other.data], check=True, capture_output=True)
        owners = {path.stat().st_uid for path in [other.data, *other.data.rglob("*")] if not path.is_symlink()}
        assert len(owners) == 1 and 0 not in owners
        assert other.database("SELECT count(*) FROM runs") == [(3,)]


# What somebody made who knows the format.

def forged(entries):
    """An archive with right checksums: (name, bytes or None for a folder or (link, target))."""
    out = io.BytesIO()
    tarfile.RECORDSIZE = tarfile.BLOCKSIZE   # no more zeros at the end than there must be
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        sums = ""
        for name, content in entries:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                sums += f"{hashlib.sha256(content).hexdigest()}  {name}\n"
                tar.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname, info.mode = (tarfile.DIRTYPE, "", 0o755) if content is None else (*content, 0o777)
                tar.addfile(info)
        for name, content in (("SHA256SUMS", sums.encode()), ("ARCHIVE.SHA256", None)):
            content = content if content is not None else hashlib.sha256(out.getvalue()).hexdigest().encode() + b"\n"
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def parts_of(archive):
    with tarfile.open(archive) as tar:
        return [(member.name, tar.extractfile(member).read()) for member in tar if member.isfile() and member.name not in ("SHA256SUMS", "ARCHIVE.SHA256")]


@pytest.mark.parametrize("more, complaint", [
    ([], None),
    ([("../escaped", b"x")], "does not belong"),
    ([("/etc/escaped", b"x")], "does not belong"),
    ([("files/../../escaped", b"x")], "does not belong"),
    ([("other", b"x")], "does not belong"),
    ([("capid.db-wal", b"x")], "does not belong"),
    ([("workspaces/out", (tarfile.SYMTYPE, "/tmp")), ("workspaces/out/escaped", b"x")], "cannot enter"),
    ([("files", (tarfile.SYMTYPE, "/tmp"))], "does not belong"),
    ([("workspaces/hard", (tarfile.LNKTYPE, "capid.db"))], "second name"),
    ([("workspaces/device", (tarfile.CHRTYPE, ""))], "neither file"),
    ([("workspaces/twice", b"x"), ("workspaces/twice", b"y")], "twice"),
])
def test_no_archive_reaches_beyond_the_folder(saved, more, complaint):
    capid, _, _, archive = saved
    target = capid.root / "forged"
    shutil.rmtree(target, ignore_errors=True)
    place(capid, "forged")
    crafted = capid.root / "forged.tar"
    crafted.write_bytes(forged(parts_of(archive) + more))
    crafted.chmod(0o644)
    told = restore(crafted, target, check=False)
    if complaint is None:
        assert told.returncode == 0, told.stderr
        return
    assert told.returncode != 0 and complaint in told.stderr, told.stderr
    assert [path.name for path in target.iterdir() if path.name != "capid.lock"] == []


@pytest.mark.parametrize("spoil, complaint", [
    (lambda data: data[:60] + (99).to_bytes(4, "big") + data[64:], "a newer capid (schema 99)"),
    (lambda data: data[:5000] + os.urandom(4000) + data[9000:], "damaged"),
    (lambda data: b"no database at all", "no database"),
])
def test_a_database_that_cannot_be_used_is_refused(saved, spoil, complaint):
    capid, _, _, archive = saved
    target = capid.root / "spoilt"
    shutil.rmtree(target, ignore_errors=True)
    place(capid, "spoilt")
    crafted = capid.root / "spoilt.tar"
    crafted.write_bytes(forged([(name, spoil(content) if name == "capid.db" else content) for name, content in parts_of(archive)]))
    crafted.chmod(0o644)
    told = restore(crafted, target, check=False)
    assert told.returncode != 0 and complaint in told.stderr, told.stderr
    assert [path.name for path in target.iterdir() if path.name != "capid.lock"] == []


def test_a_file_that_the_database_names_must_be_there(saved):
    capid, _, _, archive = saved
    parts = [part for part in parts_of(archive)]
    blob = next(name for name, _ in parts if name.startswith("files/blobs/"))
    crafted = capid.root / "without.tar"
    crafted.write_bytes(forged([part for part in parts if part[0] != blob]))
    crafted.chmod(0o644)
    told = restore(crafted, capid.root / "none", "--verify", check=False)
    assert told.returncode != 0 and f"the file {blob} is missing" in told.stderr

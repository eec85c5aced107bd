# SPDX-License-Identifier: Apache-2.0
"""The tarball for other distributions, on a host where systemd does not run: what lies in it, and what its script puts where.
With systemd, tests/vm tries it."""
import os
import pathlib
import shutil
import stat
import subprocess
import tarfile

import pytest

TARBALL = os.environ.get("CAPID_TARBALL", "")
TOP = pathlib.Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not TARBALL or os.geteuid() != 0 or os.path.isdir("/run/systemd/system"),
                                reason="takes CAPID_TARBALL, root, and a host without systemd")


@pytest.fixture
def unpacked(tmp_path):
    with tarfile.open(TARBALL) as archive:
        archive.extractall(tmp_path)
    (folder,) = tmp_path.iterdir()
    return folder


def run(folder, *words, check=True):
    return subprocess.run(["sh", folder / "install.sh", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=check)


def files_below(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_lies_in_it(unpacked):
    assert unpacked.name == pathlib.Path(TARBALL).name.removesuffix(".tar.gz")
    assert {"bin", "systemd", "apps", "licences", "install.sh", "README", "config.yaml", "apparmor"} <= {path.name for path in unpacked.iterdir()}
    assert {path.name for path in (unpacked / "apps").iterdir()} == {path.name for path in (TOP / "packaging/apps").iterdir()}
    assert {path.name for path in (unpacked / "licences").iterdir()} == {"copyright", "Apache-2.0", "LGPL-2.1", "GPL-3"}
    inside = {path.name: path for path in unpacked.rglob("*") if path.is_file()}
    for name in ("capid.fish", "_capid", "capid.1.gz"):
        assert inside[name].stat().st_size > 500, name
    with tarfile.open(TARBALL) as archive:
        assert {(member.uid, member.gid) for member in archive} == {(0, 0)}


def test_what_is_linked_in_has_its_licence(unpacked):
    """Every library that the build links, and every package of the page."""
    told = (unpacked / "licences/copyright").read_text()
    wanted = ["sqlite3", "libsodium", "yaml-cpp", "boost", "libseccomp", "openssl", "c-ares", "zlib", "nlohmann-json", "CLI11", "spdlog", "fmt",
              "valijson", "libarchive", "gumbo", "mustache", "cpp-httplib", "glibc", "libstdc++"]
    wanted += ["page/" + name for name in ("preact", "@preact/signals", "marked", "dompurify", "uplot")]
    assert [name for name in wanted if f"{name}/*" not in told] == []
    linked = {line.partition("License: ")[2] for line in told.splitlines() if line.startswith("License: ")}
    texts = {block.splitlines()[0].removeprefix("License: ") for block in told.split("\n\n") if block.startswith("License: ")}
    assert {each for name in linked for each in name.split(" and ")} == texts


def test_it_is_installed_again_over_itself_and_taken_away(unpacked, tmp_path):
    prefix = tmp_path / "prefix"
    told = run(unpacked, "--prefix", prefix).stdout
    assert f"installed  {prefix}/bin/capid\n" in told and "there is no service" in told
    once = files_below(prefix)
    assert {"bin/capid", "share/doc/capid/README", "share/doc/capid/licences/copyright", "share/doc/capid/apps/sales-report/app.yaml"} <= set(once)
    assert stat.S_IMODE((prefix / "bin/capid").stat().st_mode) == 0o755
    assert subprocess.run([prefix / "bin/capid", "version"], capture_output=True, text=True, check=True).stdout.startswith("capid ")
    run(unpacked, f"--prefix={prefix}/")
    assert files_below(prefix) == once
    assert f"removed    {prefix}/bin/capid\n" in run(unpacked, "--uninstall", "--prefix", prefix).stdout
    assert files_below(prefix) == {}
    assert run(unpacked, "--uninstall", "--prefix", prefix).stdout.count("removed") == 0
    assert not os.path.exists("/etc/capid") and not os.path.exists("/etc/systemd/system/capid.service")


def test_a_running_program_can_be_replaced(unpacked, tmp_path):
    prefix = tmp_path / "prefix"
    (prefix / "bin").mkdir(parents=True)
    shutil.copy("/bin/sleep", prefix / "bin/capid")
    with subprocess.Popen([prefix / "bin/capid", "300"]) as running:
        run(unpacked, "--prefix", prefix)
        running.kill()
    assert subprocess.run([prefix / "bin/capid", "version"], check=False).returncode == 0


@pytest.mark.parametrize("words", [["--prefix"], ["--prefix", "relative"], ["--prefix", "/a b"], ["--prefix", "/a;b"], ["--what"]])
def test_a_wrong_call_changes_nothing(unpacked, words):
    ended = run(unpacked, *words, check=False)
    assert ended.returncode == 1 and ended.stdout.startswith("install.sh: ")

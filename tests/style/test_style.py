# SPDX-License-Identifier: Apache-2.0
"""The house's rules that a machine can check: who includes whom, and how every file begins."""
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
SRC = TOP / "src"

BASE = {"base"}
ROW1 = {"config", "net"}
ROW2 = {"http", "store", "files", "sandbox"}
ROW3 = {"backup", "keys", "accounts", "secrets", "apps", "threads", "credits", "webhooks"}
ROW4 = {"gateway", "agent", "egress", "transcripts"}
ROW5 = {"runs"}
ROW6 = {"api"}
ROW7 = {"admin"}
SERVER = {"server"}
DOCTOR = {"doctor"}
BELOW_SERVER = BASE | ROW1 | ROW2 | ROW3 | ROW4 | ROW5 | ROW6 | ROW7

# Folder → the folders that it may include beside itself: the table of src/README.md.
MAY_INCLUDE = {
    "base": set(),
    **{folder: BASE for folder in ROW1 | {"store", "files"}},
    "sandbox": BASE | {"net"},
    "http": BASE | {"net"},
    **{folder: (BASE | ROW1 | ROW2) - {"config", "sandbox", "http"} for folder in ROW3},
    "backup": BASE | {"store"},
    "egress": BASE | {"net"},
    "transcripts": BASE,
    "gateway": BASE | {"net", "store", "files", "threads", "credits"},
    "agent": BASE | {"net", "apps"},
    "runs": (BASE | ROW1 | ROW2 | ROW3 | ROW4) - {"config", "http"},
    "api": (BASE | ROW1 | ROW2 | ROW3 | ROW4 | ROW5) - {"config", "sandbox", "agent"},
    "admin": (BASE | ROW1 | ROW2 | ROW3 | ROW4 | ROW5 | ROW6) - {"config", "sandbox", "agent"},
    "server": BELOW_SERVER,
    "doctor": BELOW_SERVER | SERVER,
    "cli": BELOW_SERVER | SERVER | DOCTOR,
    "main": BELOW_SERVER | SERVER | DOCTOR | {"cli"},
}

# Libraries that only .cc files may know; two headers of net show one each, to .cc files alone.
HIDDEN = re.compile(r"#include <(httplib\.h|yaml-cpp/|boost/|sqlite3\.h|sodium\.h|openssl/|ares\.h|gumbo\.h|archive\.h|kainjow/|valijson/)")
HTTPLIB_HEADERS = {"src/http/connection.h", "src/http/framing.h", "src/http/head.h"}


def sources(*patterns):
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=TOP, capture_output=True, text=True, check=True)
    return [TOP / name for name in listed.stdout.split() if (TOP / name).exists()]


CPP = sources("src/*.cc", "src/*.h")


def folder_of(path):
    parts = path.relative_to(SRC).parts
    return parts[0] if len(parts) > 1 else "main"


def test_there_is_something_to_check():
    assert len(CPP) > 80


@pytest.mark.parametrize("folder", sorted({folder_of(path) for path in CPP}))
def test_a_folder_includes_only_what_the_table_allows(folder):
    wrong = []
    for path in CPP:
        if folder_of(path) != folder:
            continue
        for included in re.findall(r'#include "(\w+)/', path.read_text()):
            if included != folder and included not in MAY_INCLUDE[folder]:
                wrong.append(f"{path.relative_to(TOP)} includes {included}/")
    assert wrong == []


def test_the_link_table_is_the_include_table():
    """What a folder's library links is what the table lets it include, and no more."""
    text = (TOP / "CMakeLists.txt").read_text()
    rows = {name: words.split() for name, words in re.findall(r"set\((row\d)\s+([^)]*)\)", text)}

    def expand(words):
        for word in words:
            variable = re.fullmatch(r"\$\{(row\d)\}", word)
            if variable:
                yield from expand(rows[variable[1]])
            elif word.startswith("capid_"):
                yield word.removeprefix("capid_")

    for name, words in re.findall(r"^capid_library\((\w+)([^)]*)\)", text, re.MULTILINE):
        assert set(expand(words.split())) <= MAY_INCLUDE[name], name


@pytest.mark.parametrize("path", CPP, ids=lambda path: str(path.relative_to(TOP)))
def test_how_a_file_begins(path):
    lines = path.read_text().splitlines()
    assert lines[0] == "// SPDX-License-Identifier: Apache-2.0"
    if path.suffix == ".h":
        assert lines[1].startswith("// "), "a header says its purpose"
        assert "#pragma once" in lines[:30]
    else:
        own = re.search(r'#include "([^"]+)"', path.read_text())
        header = path.with_suffix(".h")
        if header.exists() and own:
            assert own[1] == str(header.relative_to(SRC)), "its own header comes first"


def test_libraries_stay_behind_their_wrappers():
    seen = [str(path.relative_to(TOP)) for path in CPP if path.suffix == ".h" and HIDDEN.search(path.read_text())]
    assert sorted(seen) == ["src/net/httplib.h", "src/net/tcp.h"]

    def headers_with(name):
        return {str(path.relative_to(TOP)) for path in CPP if path.suffix == ".h" and f'#include "{name}"' in path.read_text()}

    assert headers_with("net/httplib.h") <= HTTPLIB_HEADERS
    assert headers_with("net/tcp.h") == set()


def test_sql_is_spoken_in_the_store_alone():
    statement = re.compile(r'"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE)\s')
    assert [str(path) for path in CPP if folder_of(path) != "store" and statement.search(path.read_text())] == []


def test_files_stay_liveable():
    large = [str(path.relative_to(TOP)) for path in sources("src/*", "tests/*") if path.suffix in (".cc", ".h", ".py", ".sh", ".c") and len(path.read_text().splitlines()) > 400]
    assert large == []


def test_scripts_can_be_run():
    for path in sources("*.sh", ".ci/run"):
        assert path.stat().st_mode & 0o111, path
        assert "set -euo pipefail" in path.read_text() or path.name == "run", path


PAGE = sources("web/*.ts", "web/*.tsx", "web/*.css", "web/*.mjs", "tests/web/*.mjs")


@pytest.mark.parametrize("path", PAGE, ids=lambda path: str(path.relative_to(TOP)))
def test_how_a_file_of_the_page_reads(path):
    lines = path.read_text().splitlines()
    mark = "/* SPDX-License-Identifier: Apache-2.0 */" if path.suffix == ".css" else "// SPDX-License-Identifier: Apache-2.0"
    assert lines[0] == mark and lines[1].startswith(("// ", "/* ")), "it says its purpose"
    assert len(lines) <= 400


@pytest.mark.parametrize("path", sources("web/src/*"), ids=lambda path: str(path.relative_to(TOP)))
def test_no_text_becomes_markup(path):
    for wrong in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "dangerously", "createContextualFragment"):
        assert wrong not in path.read_text(), wrong


def test_the_page_is_sound_typescript():
    checked = subprocess.run(["npm", "run", "--silent", "check"], cwd=TOP / "web", capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_locks_name_no_place_to_fetch_from():
    for path in sources("*package-lock.json"):
        assert '"resolved"' not in path.read_text(), path

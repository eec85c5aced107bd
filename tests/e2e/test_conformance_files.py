# SPDX-License-Identifier: Apache-2.0
"""What the specification says about attaching files, a case a sentence."""
import json
import subprocess

import capid as support
import pytest
from desk import ONE_PDF_SAMPLE, PDF, PYTHON_SAMPLE, SEVERAL_FILES_SAMPLE, Desk, accepted, text_of


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with support.server() as capid:
        yield Desk(capid, tmp_path_factory.mktemp("desk"))


def test_sample_a_single_pdf(desk):
    run = accepted(desk.curl(ONE_PDF_SAMPLE, desk.app_key))
    assert text_of(desk, run) == {"inputs": {"task": "extract key metrics"}, "files": {"report.pdf": PDF.decode()}}


def test_sample_several_files_account_wide(desk):
    run = accepted(desk.curl(SEVERAL_FILES_SAMPLE, desk.account_key))
    assert text_of(desk, run)["files"] == {"sales_q1.csv": "q1\n", "sales_q2.csv": "q2\n"}


def test_sample_in_python(desk):
    """Run by an interpreter of its own, in the folder of the files."""
    script = desk.replaced(PYTHON_SAMPLE, desk.app_key) + "\nimport json\nprint(json.dumps([resp.status_code, run]))"
    printed = subprocess.run(["/usr/bin/python3", "-c", script], cwd=desk.folder, capture_output=True, text=True, check=True, timeout=60).stdout
    run = accepted(tuple(json.loads(printed)))
    assert text_of(desk, run) == {"inputs": {"task": "summarize"}, "files": {"report.pdf": PDF.decode(), "data.csv": "a,b\n"}}


def test_the_agent_receives_files_as_local_paths_for_any_tool(capid):
    capid.shell_app("bash", 'cat "$CAPI_FILES"/*.txt; ls "$CAPI_FILES"')
    client = capid.start().client()
    assert client.text("bash", files=[("files", ("note.txt", b"hello\n"))]) == "hello\nnote.txt\n"


def test_up_to_10_files_of_10_mb_and_no_more(desk):
    ten = [("files", (f"{number}.txt", b"x")) for number in range(10)]
    accepted(desk.account.request("POST", "/api/v1/apps/your-app-id/runs", files=ten))
    eleven = desk.account.request("POST", "/api/v1/apps/your-app-id/runs", files=[*ten, ("files", ("10.txt", b"x"))])
    assert (eleven.status_code, eleven.json()["error"]["code"]) == (400, "TOO_MANY_FILES")
    whole = [("files", ("big.txt", b"x" * (10 << 20)))]
    accepted(desk.account.request("POST", "/api/v1/apps/another-app/runs", files=whole), "another-app", "another-app")
    larger = desk.account.request("POST", "/api/v1/apps/another-app/runs", files=[("files", ("big.txt", b"x" * ((10 << 20) + 1)))])
    assert (larger.status_code, larger.json()["error"]["code"]) == (413, "FILE_TOO_LARGE")


def test_empty_files_are_rejected(desk):
    answer = desk.account.request("POST", "/api/v1/apps/your-app-id/runs", files=[("files", ("empty.txt", b""))])
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "EMPTY_FILE")


ZIP = b"PK\x03\x04" + b"\0" * 26
MP4 = b"\0\0\0\x18ftypisom" + b"\0" * 12
SIGNATURES = {
    "png": b"\x89PNG\r\n\x1a\n" + b"\0" * 16, "jpg": b"\xff\xd8\xff\xe0" + b"\0" * 16, "gif": b"GIF89a" + b"\0" * 16,
    "webp": b"RIFF\0\0\0\0WEBPVP8 " + b"\0" * 16, "heic": b"\0\0\0\x18ftypheic" + b"\0" * 12, "bmp": b"BM" + b"\0" * 40,
    "tiff": b"II*\0" + b"\0" * 16, "pdf": PDF, "docx": ZIP, "xlsx": ZIP, "pptx": ZIP, "zip": ZIP,
    "mp3": b"ID3\x03" + b"\0" * 16, "wav": b"RIFF\0\0\0\0WAVEfmt " + b"\0" * 16, "m4a": b"\0\0\0\x18ftypM4A " + b"\0" * 12,
    "flac": b"fLaC" + b"\0" * 16, "ogg": b"OggS" + b"\0" * 16, "aac": b"\xff\xf1" + b"\0" * 16, "mp4": MP4,
    "webm": b"\x1a\x45\xdf\xa3" + b"\0" * 16, "mov": b"\0\0\0\x14ftypqt  " + b"\0" * 12,
}   # fmt: skip
SIGNATURES["jpeg"] = SIGNATURES["jpg"]
TEXTS = (
    "svg txt md csv tsv html json yaml yml xml py js ts jsx tsx go rb java sh sql c h cc cpp cs rs php swift kt scala lua r pl css toml ini"
).split()


@pytest.mark.parametrize("extension", [*SIGNATURES, *TEXTS])
def test_the_file_type_is_accepted(desk, extension):
    content = SIGNATURES.get(extension, b"plain words\n")
    for name in (f"file.{extension}", f"FILE.{extension.upper()}"):
        answer = desk.account.request("POST", "/api/v1/apps/your-app-id/validate-input", files=[("files", (name, content))])
        assert (answer.status_code, answer.json()) == (200, {"valid": True})


@pytest.mark.parametrize("name", ["virus.exe", "lib.so", "page.wasm", "noextension", ".hidden", "archive.tar.gz", "image.png.exe"])
def test_another_file_type_is_not(desk, name):
    answer = desk.account.request("POST", "/api/v1/apps/your-app-id/runs", files=[("files", (name, b"content"))])
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UNSUPPORTED_FILE_TYPE")

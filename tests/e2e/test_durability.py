# SPDX-License-Identifier: Apache-2.0
"""The order of the system calls around a 202: the attachments are on the disk, then the write-ahead log, then the answer."""
import re

import capid as support


def calls_of(trace):
    """(call, path or bytes) in the order in which they ended, of the calls that a promise hangs on."""
    calls = []
    started = {}
    for line in trace.splitlines():
        thread, rest = line.split(None, 1)
        if "<unfinished ...>" in rest:
            started[thread] = rest.replace("<unfinished ...>", "")
            continue
        resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", rest)
        if resumed:
            rest = started.pop(thread, "") + resumed[1]
        found = re.match(r"(\w+)\((.*)\)\s+= (-?\d+)", rest, re.DOTALL)
        if found and int(found[3]) >= 0:
            calls.append((found[1], found[2]))
    return calls


def test_attachments_and_log_are_flushed_before_every_202(capid):
    capid.shell_app("app", "true")
    trace = capid.data / "trace"
    capid.wrapper = ["strace", "-f", "-y", "-s", "64", "-e", "trace=fsync,fdatasync,rename,sendto", "-o", trace]
    capid.environment = {"ASAN_OPTIONS": "detect_leaks=0"}   # a sanitized build cannot look for leaks while it is traced
    client = capid.start().client()
    for _ in range(3):
        client.wait(client.submit("app", files=[("files", (f"{name}.txt", b"x" * 5000)) for name in "ab"]))
    support.os.kill(capid.server_pid(), support.signal.SIGTERM)
    capid.process.wait(60 * support.PATIENCE)
    calls = calls_of(trace.read_text(errors="replace"))
    accepted = [i for i, (call, what) in enumerate(calls) if call == "sendto" and '"HTTP/1.1 202' in what]
    assert len(accepted) == 3
    for previous, answer in zip([0, *accepted], accepted):
        between = calls[previous:answer]
        files = [i for i, (call, what) in enumerate(between) if call == "fsync" and "/files/incoming/" in what]
        renames = [i for i, (call, what) in enumerate(between) if call == "rename" and "/files/blobs/" in what]
        folders = [i for i, (call, what) in enumerate(between) if call == "fsync" and re.search(r"/files/blobs/[\dT-]+>", what)]
        logs = [i for i, (call, what) in enumerate(between) if call in ("fsync", "fdatasync") and what.rstrip(">").endswith("capid.db-wal")]
        assert len(files) == 2 and len(renames) == 2 and folders and logs, between
        assert max(files) < min(renames) < max(renames) < folders[-1] < logs[-1], between

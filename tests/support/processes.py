# SPDX-License-Identifier: Apache-2.0
"""What a process is made of, as root sees it."""
import contextlib
import os
import pathlib
import subprocess

PAGE, PIECE = 4096, 16 << 20
OVERLAP = 16 << 10   # longer than anything that is looked for


def family(pid):
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [pid, *(found for child in children for found in family(int(child)))]


def memory(pid):
    """Every part of a process's memory that it wrote or may have written, one after the other. Of what is reserved and was never
    touched, which some runtimes do by the hundred gigabytes, nothing is read."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as bytes_of, open(f"/proc/{pid}/pagemap", "rb", 0) as pages:
        for line in maps:
            place, mode = line.split()[:2]
            first, end = (int(number, 16) for number in place.split("-"))
            for start in range(first, end, PIECE) if mode.startswith("rw") else ():
                with contextlib.suppress(OSError, ValueError):
                    pages.seek(start // PAGE * 8)
                    if pages.read(min(PIECE, end - start) // PAGE * 8).strip(b"\0"):
                        bytes_of.seek(start)
                        yield bytes_of.read(min(PIECE + OVERLAP, end - start))


def descriptors(pid):
    """How many a server holds, but for the database's, of which it opens as many as it needs at once and keeps them."""
    held = 0
    for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            held += "/capid.db" not in os.readlink(descriptor)
    return held

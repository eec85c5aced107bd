# SPDX-License-Identifier: Apache-2.0
"""A sandbox from its start to its known end, beside bubblewrap and beside no sandbox, in turns."""
import subprocess

from bench import support

ROUNDS = 500


def run(table, quick):
    done = subprocess.run([support.BUILD / "tests/sandbox_bench", str(100 if quick else ROUNDS)], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {cells[0]: cells[1:] for line in done.stdout.splitlines() if line.startswith("| ") and len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 4}
    bare, ours, bwrap = rows["fork+exec"], rows["capid sandbox"], rows["bwrap --unshare-all"]
    where = "in cgroups" if "in cgroups" in done.stdout else "without cgroups"
    table.add(f"sandbox: p50 of /bin/true, {where}; bwrap --unshare-all", f"{ours[0]} ms", f"{bwrap[0]} ms", ours[2], "< 0.5")
    table.add("sandbox: p99; bwrap --unshare-all", f"{ours[1]} ms", f"{bwrap[1]} ms")
    table.add("sandbox: p50; fork and exec alone", f"{ours[0]} ms", f"{bare[0]} ms", f"{float(ours[0]) / float(bare[0]):.2f}")

# SPDX-License-Identifier: Apache-2.0
"""A sandbox from its start to its known end, beside bubblewrap and beside no sandbox, in turns; and how many a second, which
bounds whole runs."""
import subprocess

from bench import support

ROUNDS = 500


def run(table, quick):
    command = [support.BUILD / "tests/sandbox_bench", *(("100", "1") if quick else (str(ROUNDS), "5"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines() if line.startswith("| ")]
    rows = {cells[0]: cells[1:] for cells in lines if len(cells) == 4}
    rates = {cells[0]: int(cells[1]) for cells in lines if len(cells) == 2 and cells[1].isdigit()}
    bare, ours, bwrap = rows["fork+exec"], rows["capid sandbox"], rows["bwrap --unshare-all"]
    where = "in cgroups" if "in cgroups" in done.stdout else "without cgroups"
    table.add(f"sandbox: p50 of /bin/true, {where}; bwrap --unshare-all", f"{ours[0]} ms", f"{bwrap[0]} ms", ours[2], "< 0.5")
    table.add("sandbox: p99; bwrap --unshare-all", f"{ours[1]} ms", f"{bwrap[1]} ms")
    table.add("sandbox: p50; fork and exec alone", f"{ours[0]} ms", f"{bare[0]} ms", f"{float(ours[0]) / float(bare[0]):.2f}")
    for name, beside in (("capid sandbox", "bwrap --unshare-all"), ("namespaces alone", "fork+exec")):
        table.add(f"sandbox: four at once, {name}; {beside}", f"{rates[name]:,}/s", f"{rates[beside]:,}/s", f"{rates[name] / rates[beside]:.2f}")

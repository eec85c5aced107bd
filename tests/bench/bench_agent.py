# SPDX-License-Identifier: Apache-2.0
"""What the built-in agent itself takes: its time between a model's answer and its next request, and its memory. It runs outside a
sandbox here and speaks to the model's server without a gateway, so that nothing else is in the measure."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

import bench
from bench import support
from models import Answer, ModelServer

MANIFEST = "agent: {prompt: Go on., tools: [bash, files], max_turns: 10000}\n"
PROTOCOLS = ("chat_completions", "responses", "messages")


class Stopwatch(ModelServer):
    """Notes when each request was there and when each answer had gone out."""

    def __init__(self, calls):
        super().__init__(self._next)
        self.most, self.came, self.went, self.peak = calls, [], [], 0
        self.process = None

    def _next(self, call):
        self.came.append(time.perf_counter())
        if call.number == self.most:
            self.peak = peak_memory(self.process.pid)
            return Answer(text="done")
        return Answer(tools=((f"call_{call.number}", "list_files", {"path": "/proc/self/ns/none"}),))

    async def _answer(self, call, answer, writer):
        stays_open = await super()._answer(call, answer, writer)
        self.went.append(time.perf_counter())
        return stays_open


def peak_memory(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def run(table, quick):
    calls = 50 if quick else 200
    for protocol in PROTOCOLS:
        gaps, peaks = [], []
        for _ in range(2 if quick else 5):
            gap, peak = one(protocol, calls)
            gaps.append(gap)
            peaks.append(peak)
        table.add(f"agent: p50 between a model's answer and the next request, {protocol}", f"{bench.median(gaps):.2f} ms", target="< 2 ms")
        table.add(f"agent: most memory after {calls} turns, {protocol}", f"{bench.median(peaks):.1f} MB", target="<= 20 MB")


def one(protocol, calls):
    with tempfile.TemporaryDirectory() as folder, Stopwatch(calls) as server:
        place = pathlib.Path(folder)
        (place / "app.yaml").write_text(MANIFEST)
        (place / "inputs.json").write_text(json.dumps({"inputs": {}, "files": []}))
        environment = {"PATH": os.environ["PATH"], "ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_AUTH_TOKEN": "none", "CAPI_MODEL": "any"}
        server.process = subprocess.Popen(
            [support.BINARY, "agent", "--protocol", protocol, "--time", "600000", "--app", folder, "--inputs", place / "inputs.json"],
            env=environment, cwd=folder, stdout=subprocess.PIPE, text=True)
        out, _ = server.process.communicate(timeout=120)
        assert server.process.returncode == 0 and '"type":"result","text":"done"' in out, out[-500:]
        gaps = [(came - went) * 1000 for went, came in zip(server.went, server.came[1:])]
        return bench.median(gaps), server.peak

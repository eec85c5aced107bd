# SPDX-License-Identifier: Apache-2.0
"""Whole runs a second, from the POST to the answer that holds the run's end, beside a server that starts the same program with
no sandbox at all and answers when it has ended; and beside that server with bubblewrap, which is the nearest to the same that
can be put together."""
import json

import bench
from bench import support

CONFIG = "rate_limit: {requests_per_minute: 1000000}\nruns: {queue_limit: 1000000}\n"
MANIFEST = "agent: {command: [/bin/true]}\n"
BODY = '{"inputs":{}}'
KEYS = 4
BWRAP = ["--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
         "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "/bin/true"]
CONNECTIONS = 16   # twice as many as are executed at once, so that none of those places is ever empty


def webhook_command(folder, port):
    hooks = folder / "waiting-hooks.json"
    boxed = [{"source": "string", "name": word} for word in BWRAP]
    hooks.write_text(json.dumps([{"id": "true", "execute-command": "/bin/true", "include-command-output-in-response": True},
                                 {"id": "boxed", "execute-command": "/usr/bin/bwrap", "pass-arguments-to-command": boxed, "include-command-output-in-response": True}]))
    return ["/usr/bin/webhook", "-hooks", hooks, "-ip", "127.0.0.1", "-port", port, "-nopanic"]


def load(url, keys, seconds):
    return bench.wrk(url, keys, seconds, "POST", 200, BODY, connections=CONNECTIONS, prefer="wait=60")


def run(table, quick):
    rounds, seconds = (2, 2) if quick else (5, 5)
    user = "root" if support.IS_ROOT else "ordinary"   # then there are cgroups, and everything is on
    with support.server(user=user, config=CONFIG) as server:
        server.app("true", MANIFEST)
        server.start()
        keys = bench.write_keys(server, KEYS)
        port = bench.free_port()
        ours, theirs, boxed, p99 = [], [], [], []
        with bench.peer(webhook_command(server.root, port), port):
            for _ in range(rounds):
                told = load(f"{server.url}/api/v1/apps/true/runs", keys, seconds)
                ours.append(told["rate"])
                p99.append(told["p99_ms"])
                with bench.frozen(server):
                    theirs.append(load(f"http://127.0.0.1:{port}/hooks/true", keys, seconds)["rate"])
                    boxed.append(load(f"http://127.0.0.1:{port}/hooks/boxed", keys, seconds)["rate"])
        table.add("runs: sandboxed, from POST to end; webhook, no sandbox", bench.rate(ours), bench.rate(theirs), bench.ratio(ours, theirs), ">= 1")
        table.add("runs: the same; webhook that starts bwrap, nothing kept", bench.rate(ours), bench.rate(boxed), bench.ratio(ours, boxed))
        table.add("runs: p99 of such a run", f"{bench.median(p99):.0f} ms")

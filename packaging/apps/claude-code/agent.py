# SPDX-License-Identifier: Apache-2.0
"""Hands a task and its files to Claude Code, which tells on stdout what it does."""
import json
import os
import subprocess
import sys

given = json.load(open(os.environ["CAPI_INPUTS"]))
files = "".join(f"- {file['path']} ({file['type']}, {file['size']} bytes)\n" for file in given["files"])
task = given["inputs"]["task"] + (f"\n\nAttached files:\n{files}" if files else "") + f"\n\nLeave files that are a part of the result in {os.environ['CAPI_OUT']}.\n"
claude = subprocess.run(
    ["/opt/claude-code/node_modules/.bin/claude", "-p", "--output-format", "stream-json", "--verbose",
     "--max-turns", str(given["inputs"]["max_turns"]), "--dangerously-skip-permissions"],   # capid is the sandbox
    input=task, text=True)
sys.exit(claude.returncode)

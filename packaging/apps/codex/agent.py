# SPDX-License-Identifier: Apache-2.0
"""Hands a task and its files to Codex, which tells on stdout what it does."""
import json
import os
import subprocess
import sys

given = json.load(open(os.environ["CAPI_INPUTS"]))
files = "".join(f"- {file['path']} ({file['type']}, {file['size']} bytes)\n" for file in given["files"])
task = given["inputs"]["task"] + (f"\n\nAttached files:\n{files}" if files else "") + f"\n\nLeave files that are a part of the result in {os.environ['CAPI_OUT']}.\n"
provider = {"name": "capid", "base_url": os.environ["OPENAI_BASE_URL"], "env_key": "OPENAI_API_KEY", "wire_api": "responses"}
settings = {"model_provider": "capid", "model": os.environ["CAPI_MODEL"], **{f"model_providers.capid.{name}": value for name, value in provider.items()}}
codex = subprocess.run(
    ["/opt/codex/node_modules/.bin/codex", "exec", "--json", "--skip-git-repo-check", "--ephemeral",
     "--sandbox", "danger-full-access",   # capid is the sandbox
     *[word for name, value in settings.items() for word in ("-c", f"{name}={json.dumps(value)}")], "-"],
    input=task, text=True)
sys.exit(codex.returncode)

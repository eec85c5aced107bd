# SPDX-License-Identifier: Apache-2.0
"""What the conformance suite works at: a server with the app that the specification's samples trigger, and the samples as
they are printed there. Only host, key, ids and local paths are replaced."""
import json
import os
import re
import subprocess

import capid as support
import contract

HOST = "https://agent.creao.ai"
APP = """
name: Your App Name
inputs:
  company: {type: text}
  year: {type: integer}
  query: {type: text}
  task: {type: text}
agent: {command: [python3, /app/main.py]}
"""
MAIN = """
import json, os, sys, time
given = json.load(open(os.environ["CAPI_INPUTS"]))
task = given["inputs"].get("task")
if task == "fail":
    print("no luck", file=sys.stderr)
    sys.exit(1)
if task == "wait":
    time.sleep(60)
open("/out/report.md", "w").write("# AAPL Stock 2025 Performance Report\\n")
print(json.dumps({"inputs": given["inputs"], "files": {file["name"]: open(file["path"], "rb").read().decode("latin-1") for file in given["files"]}}), end="")
"""
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n"


class Desk:
    """A server with the app of the specification, keys of both kinds, and a folder with the files that the samples send."""

    def __init__(self, capid, folder):
        self.capid = capid
        self.folder = folder
        capid.app("your-app-id", APP, main__py=MAIN)
        capid.shell_app("another-app", "echo other")
        capid.start()
        self.account_key = capid.key()
        self.app_key = capid.key(app="your-app-id")
        self.account = capid.client(self.account_key)
        self.app = capid.client(self.app_key)
        for name, content in {"report.pdf": PDF, "data.csv": b"a,b\n", "sales_q1.csv": b"q1\n", "sales_q2.csv": b"q2\n"}.items():
            (folder / name).write_bytes(content)
        (folder / ".curlrc").write_text('silent\nshow-error\nwrite-out = "\\n%{http_code} %header{x-request-id}"\n')

    def replaced(self, sample, key, run=None):
        sample = sample.replace(HOST, self.capid.url).replace("capi_your_key_here", key).replace("/path/to/", "")
        return sample.replace("run-uuid", run) if run else sample

    def curl(self, sample, key, run=None):
        """Runs a sample of the specification and returns status and JSON."""
        command = self.replaced(sample, key, run)
        environment = {**os.environ, "CURL_HOME": str(self.folder)}
        printed = subprocess.run(["bash", "-c", command], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60, check=True).stdout
        body, last = printed.rsplit("\n", 1)
        status, request = last.split()
        method = "POST" if "-X POST" in sample else "GET"
        path = re.search(re.escape(self.capid.url) + r"(/\S+)", command)[1]
        contract.contract().check(method, path, int(status), {"X-Request-Id": request, "Content-Type": "application/json"}, body.encode())
        return int(status), json.loads(body)


def accepted(answer, app="your-app-id", name="Your App Name"):
    status, body = answer if isinstance(answer, tuple) else (answer.status_code, answer.json())
    assert (status, body) == (202, {"id": body["id"], "status": "pending", "appId": app, "appName": name})
    return body["id"]


def text_of(desk, run):
    """What the app of the samples says that it was given."""
    run = desk.account.wait(run)
    assert run["status"] == "completed", run
    return json.loads(run["result"]["text"])


PER_APP_SAMPLE = """curl -X POST https://agent.creao.ai/api/v1/apps/your-app-id/runs \\
  -H "Authorization: Bearer capi_your_key_here" \\
  -H "Content-Type: application/json" \\
  -d '{"inputs": {"company": "Apple", "year": "2025"}}'"""
ACCOUNT_SAMPLE = """curl -X POST https://agent.creao.ai/api/v1/runs \\
  -H "Authorization: Bearer capi_your_key_here" \\
  -H "Content-Type: application/json" \\
  -d '{
    "appId": "your-app-id",
    "inputs": {
      "company": "Apple",
      "year": "2025"
    }
  }'"""
FILES_SAMPLE = """curl -X POST https://agent.creao.ai/api/v1/apps/your-app-id/runs \\
  -H "Authorization: Bearer capi_your_key_here" \\
  -F 'inputs={"query": "summarize this report"}' \\
  -F "files=@/path/to/report.pdf" \\
  -F "files=@/path/to/data.csv\""""
POLL_PER_APP_SAMPLE = """curl https://agent.creao.ai/api/v1/apps/your-app-id/runs/run-uuid \\
  -H "Authorization: Bearer capi_your_key_here\""""
POLL_ACCOUNT_SAMPLE = """curl https://agent.creao.ai/api/v1/runs/run-uuid \\
  -H "Authorization: Bearer capi_your_key_here\""""
ONE_PDF_SAMPLE = """curl -X POST https://agent.creao.ai/api/v1/apps/your-app-id/runs \\
  -H "Authorization: Bearer capi_your_key_here" \\
  -F 'inputs={"task": "extract key metrics"}' \\
  -F "files=@report.pdf\""""
SEVERAL_FILES_SAMPLE = """curl -X POST https://agent.creao.ai/api/v1/runs \\
  -H "Authorization: Bearer capi_your_key_here" \\
  -F "appId=your-app-id" \\
  -F 'inputs={"task": "compare these datasets"}' \\
  -F "files=@sales_q1.csv" \\
  -F "files=@sales_q2.csv\""""
PYTHON_SAMPLE = """import requests

resp = requests.post(
    "https://agent.creao.ai/api/v1/apps/your-app-id/runs",
    headers={"Authorization": "Bearer capi_your_key_here"},
    data={"inputs": '{"task": "summarize"}'},
    files=[
        ("files", ("report.pdf", open("report.pdf", "rb"), "application/pdf")),
        ("files", ("data.csv",   open("data.csv",   "rb"), "text/csv")),
    ],
)
run = resp.json()"""
WEBHOOK_SAMPLE = """curl -X POST https://agent.creao.ai/api/v1/runs \\
  -H "Authorization: Bearer capi_your_key_here" \\
  -H "Content-Type: application/json" \\
  -d '{
    "appId": "your-app-id",
    "inputs": { "query": "quarterly revenue" },
    "webhookUrl": "https://your-server.com/webhook"
  }'"""

# SPDX-License-Identifier: Apache-2.0
"""The page in a real browser, against a real server: each scenario is a script for Chromium in this folder."""
import json
import os
import pathlib
import subprocess

import capid as support
import seeds
import visitor as visitors
from receivers import receiver

HERE = pathlib.Path(__file__).parent


def play(scenario, **given):
    """Runs a scenario to its end. CAPID_SHOTS names a folder for its pictures."""
    environment = {**os.environ, "CAPID_GIVEN": json.dumps(given)}
    played = subprocess.run(["node", HERE / f"{scenario}.mjs"], capture_output=True, text=True, env=environment, timeout=600 * support.PATIENCE)
    assert played.returncode == 0, played.stdout + played.stderr
    return played.stdout


def test_the_whole_story():
    with support.server() as capid:
        seeds.report_app(capid, pause=1)
        capid.start()
        play("story", url=capid.url, setup=capid.cli("setup").stdout.strip(), password=visitors.PASSWORD)


class Seeded:
    """A server with everything on it that people look at."""

    def __init__(self, capid):
        self.capid = capid
        seeds.report_app(capid)
        seeds.small_apps(capid)
        capid.start()
        self.admin = visitors.admin_of(capid)
        for name in ("ada", "grace"):
            capid.cli("accounts", "add", name)
        account = self.admin.get("/session")["account"]["id"]
        seeds.past_days(capid, account)
        client = capid.client(self.admin.post("/keys", 201, name="Production", appId="sales-report")["key"])
        other = capid.client(self.admin.post("/keys", 201, name="nightly-ci", expiresInDays=90)["key"])
        old = self.admin.post("/keys", 201, name="Old laptop")
        self.admin.request("DELETE", f"/keys/{old['id']}")
        sales = {"sales": ("sales.csv", b"month,total\n2026-01,12\n")}
        self.thread = client.run("sales-report", {"year": 2026, "region": "EMEA"}, files=sales)["threadId"]
        client.run("sales-report", {"year": 2025, "region": "AMER"}, files=sales)
        self.artifacts = other.run("artifacts")["threadId"]
        other.run("artifacts", threadId=self.artifacts)
        self.several = other.run("every-input", {"title": "The first"})["threadId"]
        other.run("every-input", {"title": "The second"}, threadId=self.several)
        self.failed = other.run("nightly-check")["threadId"]
        running, self.pending = other.submit("slow"), other.submit("slow")
        self.running = support.wait_until(lambda: other.get(running)["threadId"], 30)
        with receiver() as hook:
            delivered = self.admin.post("/webhooks/test", 202, url=hook.url)["id"]
            support.wait_until(lambda: self.admin.get(f"/webhooks/deliveries/{delivered}")["status"] == "delivered", 30)
            other.run("every-input", {"title": "The third"}, threadId=self.several, webhookUrl=hook.url, tags=["nightly", "books"], metadata={"ticket": "OPS-7", "asked by": "grace"})
            hook.wait(2)
        failed = self.admin.post("/webhooks/test", 202, url="http://127.0.0.1:9/none")["id"]
        support.wait_until(lambda: self.admin.get(f"/webhooks/deliveries/{failed}")["status"] == "failed", 60)

    def given(self):
        return {"url": self.capid.url, "password": visitors.PASSWORD, "thread": self.thread, "artifacts": self.artifacts, "several": self.several, "failed": self.failed, "running": self.running, "pending": self.pending}


CONFIG = """webhooks: {allow: [127.0.0.1], retries: 1, retry_base: 100ms}
providers: {local: {base_url: "http://127.0.0.1:11434"}, claude: {base_url: "https://api.anthropic.com", api_key_env: CAPID_TEST_NO_SUCH}}
models: [{id: qwen3, provider: local, upstream: "qwen3:14b"}, {id: opus, provider: claude, upstream: claude-opus, price: {input: 5, output: 25, cached: 0.5}, accepts: [image, pdf]}]
default_model: qwen3
"""


def test_every_page_is_sound_wide_and_narrow_light_and_dark():
    with support.server(config=CONFIG) as capid:
        play("pages", **Seeded(capid).given(), only=os.environ.get("CAPID_ONLY"))


def test_each_run_key_and_delivery_is_found_and_the_focus_stays():
    with support.server(config=CONFIG) as capid:
        seeded = Seeded(capid)
        for name, app in (("spare 1", None), ("spare 2", None), ("slow only", "slow")):
            seeded.admin.post("/keys", 201, name=name, **({"appId": app} if app else {}))
        for name in ("beta", "alpha"):
            capid.client().run("every-input", {"title": "x"}, workspaceId=name)
        play("details", **seeded.given())


def test_a_lost_connection_is_noticed_and_mended():
    with support.server() as capid:
        capid.shell_app("say", "echo done", "inputs: {say: {type: text}}\n")
        steps = "for i in $(seq 120); do echo '{\"type\": \"message\", \"text\": \"line '$i'\"}'; sleep 0.05; done\necho '{\"type\": \"result\", \"text\": \"over\"}'\n"
        capid.app("long", "agent: {command: [sh, /app/run.sh], transcript: events}\n", run__sh=steps)
        capid.start()
        visitors.admin_of(capid)
        key = capid.key()
        environment = {**os.environ, "CAPID_GIVEN": json.dumps({"url": capid.url, "password": visitors.PASSWORD})}
        with subprocess.Popen(["node", HERE / "mended.mjs"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as played:
            assert played.stdout.readline() == "watching\n", played.stderr.read()
            capid.kill()
            assert played.stdout.readline() == "lost\n", played.stderr.read()
            capid.listen = capid.url.removeprefix("http://")
            capid.start()
            capid.client(key).run("say", {"say": "a run after the restart"})
            complaint = played.stderr.read()
        assert played.returncode == 0, complaint


def test_the_page_has_manners():
    with support.server() as capid:
        seeds.small_apps(capid)
        capid.shell_app("other", "true")
        capid.start()
        client = capid.client()
        for _ in range(200):
            client.submit("other")
        play("manners", url=capid.url, password=visitors.PASSWORD, token=visitors.setup_token(capid))


def test_hostile_words_of_everybody_come_to_nothing():
    with support.server() as capid:
        seeds.hostile_app(capid)
        capid.start()
        admin = visitors.admin_of(capid)
        client = capid.client(admin.post("/keys", 201, name=seeds.IMAGE + seeds.SCRIPT)["key"])
        run = client.run("hostile", {"say": seeds.MARKDOWN, "which": seeds.IMAGE}, files={"f": (f"{seeds.IMAGE}.txt", b"x")}, tags=json.dumps([seeds.IMAGE]), metadata=json.dumps({"x": seeds.SCRIPT}))
        assert run["status"] == "completed", run
        failed = client.run("worse")
        admin.request("POST", "/webhooks/test", json={"url": f"http://203.0.113.1/{seeds.IMAGE}"})
        documents = [artifact["id"] for artifact in run["result"]["artifacts"] if artifact["type"] in ("image/svg+xml", "text/html")]
        play("hostile", url=capid.url, password=visitors.PASSWORD, thread=run["threadId"], run=run["id"], failed=failed["id"], documents=documents)

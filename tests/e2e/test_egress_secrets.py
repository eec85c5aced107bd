# SPDX-License-Identifier: Apache-2.0
"""Secrets that agents use and never hold: capid adds them to the requests which an agent makes at a base URL of its own."""
import json
import threading

import capid as support
import egress
import pytest
import servers

pytestmark = pytest.mark.skipif(not support.IS_ROOT, reason="a name server needs port 53")
SECRET = "never-seen-inside"


class World:
    """An app `app` with a secret for `name`, and a host behind TLS at 127.0.0.2 with a certificate for api.test."""

    def __init__(self, names, name="api.test", header="Authorization", format="Bearer {}"):
        self.names = names
        paths = servers.certificate(names.capid.root, "api.test")
        self.host = egress.Web(tls=paths)
        names.capid.environment = {"SSL_CERT_FILE": str(paths[0])}
        for each in ("api.test", "other.test"):
            names.server.plan(each, ["127.0.0.2"])
        inject = {"host": f"{name}:{self.host.port}", "header": header, "format": format, "base_url_env": "API_URL"}
        names.app("app", manifest=f"secrets: {json.dumps([{'name': 'TOKEN', 'inject': inject}])}\n")
        names.start()
        names.capid.cli("secrets", "set", "TOKEN", input=SECRET)

    def sent(self, name):
        """The values of a header, in the order of the requests."""
        return [value for _, _, headers, _ in self.host.requests for key, value in headers if key.lower() == name]


@pytest.fixture
def names(capid):
    with egress.names(capid) as made:
        yield made


def test_the_host_gets_the_secret_and_the_agent_never_does(names):
    world = World(names)
    run, text = names.run("app", """
        env | grep -i -e API_URL -e proxy
        cat /proc/self/environ | tr '\\0' '\\n' | grep -c 'never[-]seen'
        cat /in/inputs.json | grep -c 'never[-]seen'
        curl -sS "$API_URL/one?x=1"; echo
        curl -sS -H 'authorization: mine' -H 'AUTHORIZATION: mine too' -d body $API_URL/two; echo
        curl -sSi $API_URL/redirect
    """)
    assert SECRET not in text
    lines = text.splitlines()
    assert lines[:3] == ["API_URL=http://127.0.0.1:61001", "0", "0"]
    assert [json.loads(line) for line in lines[3:5]] == [{"path": "/one?x=1", "size": 0}, {"path": "/two", "size": 4}]
    assert lines[5] == "HTTP/1.1 302 Found" and "Location: http://elsewhere.test/" in lines and "Connection: close" in lines
    assert world.sent("authorization") == [f"Bearer {SECRET}"] * 3
    assert world.sent("host") == [f"api.test:{world.host.port}"] * 3
    assert [(event["host"], event["port"], event["outcome"]) for event in names.events(run["id"])] == [("api.test", world.host.port, "allowed")] * 3
    assert SECRET not in json.dumps(names.events(run["id"])) and SECRET not in names.capid.log()


def test_any_header_in_any_format(names):
    world = World(names, header="X-Key", format="<{}>")
    names.text("app", "curl -sS $API_URL/ -H 'Authorization: mine' -H 'x-key: mine'")
    assert (world.sent("x-key"), world.sent("authorization")) == ([f"<{SECRET}>"], ["mine"])


def test_a_host_whose_certificate_is_for_another_name_gets_no_request(names):
    world = World(names, name="other.test")
    run, text = names.run("app", "curl -sS -w '%{http_code}\\n' $API_URL/")
    assert text == '"other.test" was not trusted: its certificate is for another name\n502\n'
    assert world.host.requests == [] and names.events(run["id"])[0]["outcome"] == "failed"


def test_a_host_that_is_not_public_takes_the_operators_word(names):
    names.capid.config_path.write_text(names.capid.config_path.read_text().replace("127.0.0.0/8", "127.0.0.3"))
    world = World(names)
    text = names.text("app", "curl -sS -w '%{http_code}\\n' $API_URL/")
    assert text.endswith("under egress.allow\n403\n") and world.host.requests == []


def test_it_is_no_proxy(names):
    world = World(names)
    text = names.text("app", f"""
        curl -sS -x $API_URL -o /dev/null -w '%{{http_code}}\\n' http://api.test:{world.host.port}/
        curl -sS -x $API_URL https://api.test:{world.host.port}/ 2>&1; true
    """)
    assert text == "400\ncurl: (56) CONNECT tunnel failed, response 400\n" and world.host.requests == []


def test_bodies_pass_as_they_come(names):
    world = World(names)
    world.host.gates = [threading.Event(), threading.Event()]
    run = names.submit("app", """
        head -c 5000000 /dev/urandom > /tmp/large
        curl -sS -H 'Transfer-Encoding: chunked' -T /tmp/large $API_URL/large >&2; echo >&2
        curl -sSN $API_URL/chunks | while read line; do echo $line >&2; done
    """)
    sql = "SELECT group_concat(json_extract(data, '$.text'), '') FROM events WHERE run_id = ? AND json_extract(data, '$.stream') = 'stderr'"
    for count, gate in enumerate(world.host.gates, 1):
        support.wait_until(lambda count=count: (names.capid.database(sql, run)[0][0] or "").count("part\n") == count, what="a part")
        gate.set()
    assert names.client.wait(run)["status"] == "completed"
    assert len(world.host.requests[0][3]) == 5_000_000

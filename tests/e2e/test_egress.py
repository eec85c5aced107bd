# SPDX-License-Identifier: Apache-2.0
"""What agents reach: the hosts of network.allow, by the proxy that they are told of, and nothing else."""
import json
import threading
import time

import capid as support
import dns
import egress
import pytest
import servers
from receivers import receiver

pytestmark = pytest.mark.skipif(not support.IS_ROOT, reason="a name server needs port 53")
PROXY = "http://127.0.0.1:61001"


@pytest.fixture
def names(capid):
    with egress.names(capid) as made:
        yield made


def allowed(host, port, **more):
    return {"host": host, "port": port, "outcome": "allowed", **more}


def without_bytes(events):
    """Nor with the reason of a connection that was being closed when its run ended: which of the two came first is chance."""
    return [{name: value for name, value in event.items() if not name.startswith("bytes") and value != "the run ended"} for event in events]


def test_agents_are_told_of_the_proxy_where_hosts_are_named_and_only_there(names):
    names.app("some", "api.test:443")
    names.app("none")
    names.app("own", "api.test", manifest="env: {HTTP_PROXY: http://mine.test, NO_PROXY: '*'}\n")
    names.start()
    script = "env | grep -i proxy | sort; cat /proc/net/tcp | tail -n +2 | awk '{print $2, $4}'"
    listens = "0100007F:EE49 0A\n"
    assert names.text("some", script) == (
        f"HTTPS_PROXY={PROXY}\nHTTP_PROXY={PROXY}\nNO_PROXY=127.0.0.1,localhost\nhttp_proxy={PROXY}\nhttps_proxy={PROXY}\nno_proxy=127.0.0.1,localhost\n" + listens)
    assert names.text("none", script) == ""
    own = names.text("own", script)
    assert "HTTP_PROXY=http://mine.test\n" in own and "NO_PROXY=*\n" in own and f"HTTPS_PROXY={PROXY}\n" in own and own.endswith(listens)


def test_an_allowed_host_is_reached_by_curl_and_python_and_each_connection_is_an_event(names, capid):
    paths = servers.certificate(capid.root, "api.test")
    with egress.web() as plain, egress.web(tls=paths) as secure:
        names.server.plan("api.test", ["127.0.0.2"])
        names.app("app", f"api.test:{plain.port}", f"*.test:{secure.port}")
        names.start()
        run, text = names.run("app", f"""
            curl -sS http://api.test:{plain.port}/one?x=1; echo
            curl -sSk https://api.test:{secure.port}/two -d body; echo
            python3 -c 'import urllib.request as r; print(r.urlopen("http://API.test:{plain.port}/three").read().decode())'
            python3 -c 'import urllib.request as r, ssl; print(r.urlopen("https://api.test:{secure.port}/four", context=ssl._create_unverified_context()).read().decode())'
        """)
        answers = [json.loads(line) for line in text.splitlines()]
        assert answers == [{"path": "/one?x=1", "size": 0}, {"path": "/two", "size": 4}, {"path": "/three", "size": 0}, {"path": "/four", "size": 0}]
        for method, path, headers, _ in plain.requests:
            headers = {name.lower(): value for name, value in headers}
            assert headers["host"] == f"api.test:{plain.port}" and headers["connection"] == "close"
            assert not any(name.startswith("proxy") for name in headers)
        events = names.events(run["id"])
        assert without_bytes(events) == [allowed("api.test", port) for port in (plain.port, secure.port, plain.port, secure.port)]
        assert all(event["bytesUp"] > 50 and event["bytesDown"] > 50 for event in events)
        assert events[1]["bytesDown"] > events[0]["bytesDown"], "a certificate came as well"


def test_what_is_not_named_is_refused_and_the_answer_says_what_to_add(names):
    with egress.web() as other:
        for name in ("api.test", "other.test", "sub.api.test"):
            names.server.plan(name, ["127.0.0.2"])
        names.app("app", "api.test:81")
        names.start()
        places = [f"other.test:{other.port}", f"api.test:{other.port}", f"sub.api.test:{81}", f"127.0.0.2:{other.port}"]
        run, text = names.run("app", "\n".join(f"curl -sS -w '%{{http_code}}\\n' http://{place}/; curl -sS https://{place}/ 2>&1; true" for place in places))
        expected = []
        for place in places:
            why = f"{place} is not among the hosts that this app may reach: add \"{place}\" to network.allow in its app.yaml"
            expected += [why, "403", "curl: (56) CONNECT tunnel failed, response 403"]
        assert text.splitlines() == expected
        events = names.events(run["id"])
        assert [(f"{event['host']}:{event['port']}", event["outcome"], event["bytesUp"], event["bytesDown"]) for event in events] == [
            (place, "refused", 0, 0) for place in places for _ in "12"]
        assert all("network.allow" in event["reason"] for event in events)
        assert other.requests == [] and names.server.queries == [], "nobody was even looked up"


@pytest.mark.parametrize("allow, good, bad", [
    ([], [], ["127.0.0.2", "inside.test", "both.test"]),
    (["127.0.0.3"], ["also.test"], ["127.0.0.2", "inside.test", "both.test"]),
    (["inside.test"], ["inside.test"], ["127.0.0.2", "also.test", "both.test"]),
    (["127.0.0.0/29"], ["127.0.0.2", "inside.test", "also.test"], ["both.test"]),
])
def test_what_is_not_public_takes_the_operators_word_as_well(capid, allow, good, bad):
    with egress.names(capid, allow=allow) as names, egress.web("0.0.0.0") as inside:
        names.server.plan("inside.test", ["127.0.0.2"])
        names.server.plan("also.test", ["127.0.0.3"])
        names.server.plan("both.test", ["127.0.0.3", "10.0.0.1"])
        names.app("app", *(f"{host}:{inside.port}" for host in [*good, *bad]))
        names.start()
        run, text = names.run("app", "\n".join(f"curl -sS -o /tmp/answer -w '%{{http_code}} ' http://{host}:{inside.port}/ && tail -n 1 /tmp/answer" for host in bad))
        assert text.splitlines() == [
            f"403 \"{host}\" leads to an address that is not public: the operator can allow it in capid's config, under egress.allow" for host in bad]
        assert [event["outcome"] for event in names.events(run["id"])] == ["refused"] * len(bad)
        assert inside.requests == []
        assert names.text("app", "true\n" + "\n".join(f"curl -sS -o /dev/null -w '%{{http_code}}\\n' http://{host}:{inside.port}/" for host in good)) == "200\n" * len(good)


def test_the_address_that_was_judged_is_the_one_that_is_dialled(names):
    """The name's answer changes with every look-up. Whoever looked it up a second time would call the wrong one."""
    with egress.web("127.0.0.2") as good, egress.web("127.0.0.3", good.port) as bad:
        names.capid.config_path.write_text(names.capid.config_path.read_text().replace("127.0.0.0/8", "127.0.0.2"))
        names.server.plan("turns.test", ["127.0.0.2"], ["127.0.0.3"], ["127.0.0.2"], ["127.0.0.3"])
        names.app("app", f"turns.test:{good.port}")
        names.start()
        call = f"curl -sS -o /dev/null -w '%{{http_code}}\\n' http://turns.test:{good.port}/\n"
        assert names.text("app", call * 4) == "200\n403\n200\n403\n"
        assert (len(good.requests), bad.requests, names.server.lookups("turns.test")) == (2, [], 4)


def test_a_host_that_is_not_there_is_told_from_one_that_does_not_answer(names):
    closed = f"closed.test:{egress.free_port()}"
    names.server.plan("closed.test", ["127.0.0.2"])
    names.server.plan("silent.test", dns.SILENT)
    names.app("app", "nobody.test", closed, "silent.test")
    names.start()
    run, text = names.run("app", "\n".join(f"curl -sS -w '%{{http_code}}\\n' http://{host}/" for host in ("nobody.test", closed, "silent.test")))
    lines = text.splitlines()
    assert lines[1] == "502" and '"nobody.test" was not found' in lines[0]
    assert lines[3] == "502" and lines[2] == f'"closed.test" does not accept connections on port {closed.split(":")[1]}'
    assert lines[5] == "504" and '"silent.test" could not be looked up' in lines[4]
    assert [event["outcome"] for event in names.events(run["id"])] == ["failed"] * 3


def test_bodies_of_any_length_pass_in_both_directions_as_they_come(names):
    with egress.web() as host:
        host.gates = [threading.Event(), threading.Event()]
        names.server.plan("api.test", ["127.0.0.2"])
        names.app("app", f"api.test:{host.port}")
        names.start()
        url = f"http://api.test:{host.port}"
        sizes = names.text("app", f"""
            head -c 30000000 /dev/urandom > /tmp/large
            curl -sS --data-binary @/tmp/large {url}/length; echo
            curl -sS -H 'Transfer-Encoding: chunked' --data-binary @/tmp/large {url}/chunked; echo
        """)
        assert [json.loads(line)["size"] for line in sizes.splitlines()] == [30_000_000] * 2
        assert host.requests[0][3] == host.requests[1][3]
        run = names.submit("app", f"curl -sSN {url}/chunks | while read line; do echo $line >&2; done")
        sql = "SELECT group_concat(json_extract(data, '$.text'), '') FROM events WHERE run_id = ? AND json_extract(data, '$.stream') = 'stderr'"
        for count, gate in enumerate(host.gates, 1):
            support.wait_until(lambda count=count: (names.capid.database(sql, run)[0][0] or "") == "part\n" * count, what="a part")
            gate.set()
        assert names.client.wait(run)["status"] == "completed"


def test_what_follows_the_first_request_reaches_no_other_host(names):
    with egress.web("127.0.0.2") as first, egress.web("127.0.0.3", first.port) as second:
        names.server.plan("first.test", ["127.0.0.2"])
        names.server.plan("second.test", ["127.0.0.3"])
        names.app("app", f"first.test:{first.port}")
        names.start()
        names.text("app", f"""python3 -c '
import socket
proxy = socket.create_connection(("127.0.0.1", 61001))
requests = "".join(f"GET http://{{name}}.test:{first.port}/{{name}} HTTP/1.1\\r\\nHost: {{name}}.test\\r\\n\\r\\n" for name in ("first", "second"))
proxy.sendall(requests.encode())
proxy.shutdown(socket.SHUT_WR)
while proxy.recv(65536): pass
'""")
        assert [request[1] for request in first.requests] == ["/first", f"http://second.test:{first.port}/second"] and second.requests == []


def test_a_run_that_is_cancelled_leaves_no_connection_and_no_descriptor(names):
    with receiver("never answers", host="127.0.0.2") as silent, receiver("never reads", host="127.0.0.2") as deaf, receiver("endless", host="127.0.0.2") as endless:
        names.server.plan("api.test", ["127.0.0.2"])
        names.app("app", *(f"api.test:{each.port}" for each in (silent, deaf, endless)))
        names.start()
        names.text("app", "true")
        before = names.descriptors()
        memory = names.memory()
        run = names.submit("app", f"""
            for i in 1 2 3 4 5 6 7 8; do
              curl -sS http://api.test:{silent.port}/ &
              (head -c 20 /dev/zero; sleep 100) | curl -sS -T - http://api.test:{deaf.port}/ &
              curl -sSN --limit-rate 1 http://api.test:{endless.port}/ > /dev/null &
            done
            wait
        """)
        for each in (silent, deaf, endless):
            each.wait_for_connections(8)
        support.wait_until(lambda: names.descriptors() >= before + 48, what="both sides of every connection")
        time.sleep(1)   # for the hosts to pour
        assert support.SANITIZED or names.memory() - memory < 8 << 20, "what nobody takes is not kept"
        assert names.client.request("POST", f"/api/v1/runs/{run}/cancel").status_code == 200
        support.wait_until(lambda: names.descriptors() <= before, 2, "the end of the run's connections")
        assert names.client.get(run)["status"] == "cancelled"
        events = names.events(run)
        assert len(events) == 24 and {event["outcome"] for event in events} <= {"allowed", "failed"}   # failed: gave no answer to a dead run


def test_a_thousand_connections_are_told_of_and_the_others_counted(names):
    with egress.web() as host:
        names.server.plan("api.test", ["127.0.0.2"])
        names.app("app", f"api.test:{host.port}", manifest="limits: {timeout: 5m}\n")
        names.start()
        names.text("app", "true")
        before = names.descriptors()
        run = names.submit("app", f"""python3 -c '
import http.client
for i in range(1020):
    proxy = http.client.HTTPConnection("127.0.0.1", 61001)
    proxy.request("GET", "http://api.test:{host.port}/" + str(i))
    assert proxy.getresponse().read()
    proxy.close()
'""")
        assert names.client.wait(run, 240)["status"] == "completed"
        events = names.events(run)
        assert (len(events), events[-1]) == (1001, {"leftOut": 20})
        assert {event["outcome"] for event in events[:-1]} == {"allowed"} and len(host.requests) == 1020
        support.wait_until(lambda: names.descriptors() <= before, 5, "the end of the run's connections")


def test_a_flood_of_connections_is_bounded_and_harms_nobody_else(names):
    with egress.web() as host:
        names.server.plan("api.test", ["127.0.0.2"])
        names.app("flood", f"api.test:{host.port}")
        names.app("other", f"api.test:{host.port}")
        names.start()
        names.text("other", "true")
        before = names.descriptors()
        run = names.submit("flood", """python3 -c '
import socket, sys, time
held = []
for i in range(500):
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex(("127.0.0.1", 61001))
    held.append(one)
print("flooded", file=sys.stderr)
time.sleep(100)
'""")
        support.wait_until(lambda: names.capid.database("SELECT 1 FROM events WHERE run_id = ? AND instr(data, 'flooded')", run), what="the flood")
        assert names.text("other", f"curl -sS -o /dev/null -w '%{{http_code}}' http://api.test:{host.port}/") == "200"
        assert names.descriptors() - before < 64 + 20
        assert names.client.request("POST", f"/api/v1/runs/{run}/cancel").status_code == 200
        support.wait_until(lambda: names.descriptors() <= before, 2, "the end of the run's connections")

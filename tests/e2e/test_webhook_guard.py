# SPDX-License-Identifier: Apache-2.0
"""Where webhooks may go: public addresses, and what the operator allows. What was checked is what is called, however
names answer."""
import capid as support
import dns
import pytest
import servers
from hooks import Hooks
from receivers import receiver

PUBLIC = "93.184.216.34"
needs_root = pytest.mark.skipif(not support.IS_ROOT, reason="a name server needs port 53")

# Refused whatever the operator allows.
NO_TARGETS = [
    "", "nonsense", "/hook", "//example.org/hook", "example.org/hook", "ftp://93.184.216.34/", "file:///etc/passwd", "gopher://93.184.216.34/",
    "javascript:alert(1)", "http:", "http://", "http:///hook", "http://:80/", "http://user@93.184.216.34/", "http://user:word@93.184.216.34/",
    "http://@93.184.216.34/", "http://93.184.216.34\\@127.0.0.1/", "http://93.184.216.34:65536/", "http://93.184.216.34:port/", "http://93.184.216.34:-1/",
    "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.1/", "http://017700000001/",
    "http://127.0.0.1.5/", "http://127.0.0.256/", "http://0127.0.0.1/", "http://[::1/", "http://::1/", "http://[::1%25lo]/", "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:a00:1]/", "http://127.0.0.1./", "http://93.184.216.34/#x", "http://[fe80::1%25eth0]/",
    "http://\uff11\uff12\uff17.0.0.1/", "http://127\u30020\u30020\u30021/", "http://exa mple.org/", "http://93.184.216.34/\r\nX-More: 1", "http://93.184.216.34/\thook",
    "http://127.0.0.1%2f@93.184.216.34/", "http://%31%32%37.0.0.1/", "http://" + "a" * 70 + ".example.org/", "http://93.184.216.34/" + "a" * 9000,
]

# Refused unless allowed: this machine, its neighbours, and what leads to nobody.
NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1",
    "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "[::]", "[::1]", "[::7f00:1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:93.184.216.34]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[100::1]", "[2001::1]", "[2001:db8::1]",
    "[2002:7f00:1::1]", "[fc00::1]", "[fd12:3456::1]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "localhost", "LOCALHOST", "a.localhost",
]

IS_PUBLIC = ["http://93.184.216.34/", "https://93.184.216.34/", "http://1.1.1.1:8080/a?b=c", "HTTP://93.184.216.34:1/", "http://172.32.0.1/", "http://100.128.0.1/",
             "http://[2606:2800:220:1:248:1893:25c8:1946]/", "https://[2606:4700::1111]:8443/x"]


def assert_refused(answer):
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (400, "WEBHOOK_URL_NOT_ALLOWED", "webhookUrl"), answer.text


def test_what_is_no_target_is_refused_even_where_everything_is_allowed(capid):
    capid.shell_app("quick", "true")
    hooks = Hooks(capid, allow=["0.0.0.0/0", "::/0", "localhost"])
    client = capid.start().client()
    for url in NO_TARGETS:
        assert_refused(hooks.post(client, "quick", url))
        if url:   # a form's field that is empty was left empty
            assert_refused(client.request("POST", "/api/v1/runs", data={"appId": "quick", "webhookUrl": url}, files=[("files", ("a.txt", b"x"))]))
    assert capid.database("SELECT count(*) FROM runs") == [(0,)]
    assert capid.cli("webhooks", "deliveries").stdout.count("http") == 0


def test_what_is_not_public_is_refused_and_what_is_is_accepted(capid):
    capid.shell_app("quick", "true")
    hooks = Hooks(capid, allow=[], retries=0, timeout="100ms")
    client = capid.start().client()
    for host in NOT_PUBLIC:
        for url in (f"http://{host}/", f"https://{host}:8443/hook?x=1"):
            assert_refused(hooks.post(client, "quick", url))
    assert capid.database("SELECT count(*) FROM runs") == [(0,)]
    for url in IS_PUBLIC:
        assert hooks.ended(hooks.submit(client, "quick", url))["url"] == url


@pytest.mark.parametrize("allow, good, bad", [
    (["127.0.0.0/30"], ["127.0.0.1", "127.0.0.3"], ["127.0.0.4", "127.1.0.1", "[::1]", "localhost"]),
    (["127.0.0.2"], ["127.0.0.2"], ["127.0.0.1", "127.0.0.3", "[::ffff:127.0.0.1]", "localhost"]),
    (["::1"], ["[::1]"], ["127.0.0.1", "localhost"]),
    (["localhost"], ["localhost", "LocalHost"], ["127.0.0.1", "a.localhost"]),
    (["10.0.0.0/8", "127.0.0.1/32"], ["127.0.0.1"], ["127.0.0.2", "192.168.0.1"]),
])
def test_the_operator_allows_networks_addresses_and_names(capid, allow, good, bad):
    capid.shell_app("quick", "true")
    hooks = Hooks(capid, allow=allow)
    client = capid.start().client()
    with receiver(host="::" if allow == ["::1"] else "0.0.0.0") as hook:
        for host in bad:
            assert_refused(hooks.post(client, "quick", hook.url_of(host)))
        for host in good:
            assert hooks.ended(hooks.submit(client, "quick", hook.url_of(host)))["status"] == "delivered"
        assert len(hook.connections) == len(good)


def test_what_is_no_longer_allowed_is_not_called_any_more(capid):
    """The check is made at every attempt, with what the operator allows now."""
    capid.shell_app("quick", "true")
    plain = capid.config_path.read_text()
    hooks = Hooks(capid, retry_base="2s")
    client = capid.start().client()
    with receiver(500) as hook:
        run = hooks.submit(client, "quick", hook.url)
        hook.wait(1)
        capid.stop()
        capid.config_path.write_text(plain)
        hooks = Hooks(capid, allow=["127.0.0.2"])
        capid.start()
        delivery = hooks.ended(run)
        assert (delivery["status"], len(hook.connections)) == ("failed", 1)
        assert all("must not lead to" in attempt["error"] for attempt in delivery["attempts"][1:]) and len(delivery["attempts"]) == 4


class Names:
    """A server that asks a name server of its own."""

    def __init__(self, capid, server, **options):
        self.capid, self.server = capid, server
        capid.shell_app("quick", "true")
        capid.wrapper = server.wrapper(capid.root)
        self.hooks = Hooks(capid, **options)
        self.client = capid.start().client()

    def post(self, name, port=80):
        return self.hooks.post(self.client, "quick", f"http://{name}:{port}/hook")

    def accepted(self, name, port=80):
        answer = self.post(name, port)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]


@pytest.fixture
def names(capid):
    """Makes such a server; its plans are set as a test needs them."""
    with dns.name_server() as server:
        yield lambda **options: Names(capid, server, **options)
        if capid.process:
            capid.stop()


@needs_root
def test_a_name_is_refused_for_any_of_its_addresses(names):
    here = names(allow=[], retries=0, timeout="300ms")
    many = [f"93.184.{i}.1" for i in range(31)]   # more than a datagram holds
    for name, answer in {
        "private.test": ["10.0.0.1"], "loop.test": ["127.0.0.1"], "loop6.test": ["::1"], "metadata.test": ["169.254.169.254"], "mapped.test": ["::ffff:10.0.0.1"],
        "mixed.test": [PUBLIC, "192.168.0.1"], "mixed-first.test": ["192.168.0.1", PUBLIC], "mixed6.test": [PUBLIC, "fd00::1"], "other6.test": ["2606:4700::1111", "127.0.0.1"],
        "last-of-many.test": [*many, "10.0.0.1"], "nobody.test": dns.NXDOMAIN, "empty.test": dns.EMPTY, "zero.test": ["0.0.0.0"],
        "too-many.test": [f"93.184.{i}.1" for i in range(33)],
    }.items():
        here.server.plan(name, answer)
        assert_refused(here.post(name))
        assert here.server.lookups(name) > 0, "the server asked for it"
    for name, answer in {"public.test": [PUBLIC], "public6.test": ["2606:4700::1111"], "both.test": [PUBLIC, "2606:4700::1111"], "many.test": many}.items():
        here.server.plan(name, answer)
        here.hooks.ended(here.accepted(name))


@needs_root
def test_what_is_allowed_by_name_goes_wherever_the_name_leads_and_nothing_else_does(names):
    here = names(allow=["receiver.test"])
    here.server.plan("receiver.test", ["127.0.0.1"])
    here.server.plan("other.test", ["127.0.0.1"])
    here.server.plan("more.receiver.test", ["127.0.0.1"])
    here.server.plan("receiver.test.other.test", ["127.0.0.1"])
    with receiver() as hook:
        for name in ("127.0.0.1", "other.test", "more.receiver.test", "receiver.test.other.test"):
            assert_refused(here.post(name, hook.port))
        for name in ("receiver.test", "Receiver.Test"):
            assert here.hooks.ended(here.accepted(name, hook.port))["status"] == "delivered"
            assert hook.requests[-1].headers["host"].lower() == f"receiver.test:{hook.port}"
        assert len(hook.connections) == 2


@needs_root
def test_a_name_that_leads_into_an_allowed_network_is_allowed(names):
    here = names(allow=["127.0.0.2"])
    here.server.plan("receiver.test", ["127.0.0.2"])
    with receiver(host="127.0.0.2") as hook:
        assert here.hooks.ended(here.accepted("receiver.test", hook.port))["status"] == "delivered"
        assert hook.requests[0].headers["host"] == f"receiver.test:{hook.port}"


@needs_root
def test_a_name_server_that_is_silent_is_left_to_the_attempt(names):
    here = names(allow=["127.0.0.1"], timeout="1s")
    here.server.plan("silent.test", dns.SILENT)
    with receiver() as hook:
        run = here.accepted("silent.test", hook.port)
        delivery = here.hooks.ended(run, 4)
        assert delivery["status"] == "failed" and all(attempt["error"] and attempt["address"] is None for attempt in delivery["attempts"])
        assert max(here.hooks.durations(delivery)) < 1 + support.PATIENCE
        here.server.plan("silent.test", ["127.0.0.1"])
        here.capid.cli("webhooks", "redeliver", delivery["id"])
        assert here.hooks.ended(run, 5)["status"] == "delivered" and len(hook.requests) == 1


@needs_root
@pytest.mark.parametrize("inside", [["127.0.0.1"], ["::1"], [PUBLIC, "127.0.0.1"], ["::ffff:127.0.0.1"], ["0.0.0.0"], ["::"]], ids=str)
def test_a_name_that_leads_inside_after_the_check_gains_nothing(names, inside):
    here = names(allow=[])
    here.server.plan("rebind.test", [PUBLIC], inside)
    with receiver(host="0.0.0.0") as hook, receiver(host="::1", port=hook.port) as hook6:
        delivery = here.hooks.ended(here.accepted("rebind.test", hook.port))
        assert (delivery["status"], len(delivery["attempts"])) == ("failed", 4)
        assert all("must not lead to" in attempt["error"] and attempt["status"] is None for attempt in delivery["attempts"]), delivery
        assert hook.connections == [] == hook6.connections
        assert here.server.lookups("rebind.test") == 5, "one look-up at the check, and one for each attempt"


@needs_root
def test_an_attempt_looks_a_name_up_once_and_calls_what_it_found(names):
    """The name's answer changes with every look-up. Whoever looked it up a second time would call the wrong one."""
    here = names(allow=["127.0.0.2"])
    good, bad = ["127.0.0.2"], ["127.0.0.1"]
    here.server.plan("turns.test", good, good, bad, good, bad)
    with receiver(500, host="127.0.0.2") as allowed, receiver(host="127.0.0.1", port=allowed.port) as forbidden:
        delivery = here.hooks.ended(here.accepted("turns.test", allowed.port))
        assert [(attempt["number"], attempt["status"]) for attempt in delivery["attempts"]] == [(1, 500), (2, None), (3, 500), (4, None)]
        assert all("127.0.0.2" in delivery["attempts"][i]["address"] for i in (0, 2))
        assert all("must not lead to" in delivery["attempts"][i]["error"] for i in (1, 3))
        assert (len(allowed.connections), forbidden.connections, here.server.lookups("turns.test")) == (2, [], 5)


@needs_root
def test_a_certificate_must_be_good_for_the_name(names, capid):
    paths = servers.certificate(capid.root, "receiver.test")
    capid.environment = {"SSL_CERT_FILE": str(paths[0])}
    here = names(allow=["127.0.0.2"], retries=0)
    for name in ("receiver.test", "other.test"):
        here.server.plan(name, ["127.0.0.2"])
    with receiver(host="127.0.0.2", tls=paths) as hook, receiver(host="127.0.0.2", tls=servers.certificate(capid.root, "127.0.0.2")) as unknown:
        good, *bad = [here.hooks.ended(here.hooks.submit(here.client, "quick", url))
                      for url in (hook.url_of("receiver.test"), hook.url_of("other.test"), hook.url, unknown.url)]
        assert (good["status"], len(hook.requests), unknown.requests) == ("delivered", 1, [])
        assert all(delivery["status"] == "failed" and "certificate" in delivery["attempts"][0]["error"] for delivery in bad), bad

# SPDX-License-Identifier: Apache-2.0
"""Bad receivers: each costs its timeout at most and is tried again; none costs memory, and none delays anybody else."""
import concurrent.futures
import contextlib
import socket

import capid as support
import pytest
import receivers
from hooks import Hooks, gaps
from receivers import Answer, Raw, receiver
from servers import full_backlog
from test_memory import Peak

MB = 1_000_000
TIMEOUT = 0.7
DEAD = 1000


BAD = {
    "never reads": receivers.NEVER_READS, "never answers": receivers.NEVER_ANSWERS, "drips": receivers.DRIPS, "drips a body": receivers.DRIPS_BODY,
    "endless": receivers.ENDLESS, "endless head": receivers.ENDLESS_HEAD, "closes at once": receivers.CLOSES_AT_ONCE, "closes": receivers.CLOSES,
    "closes in the head": receivers.CLOSES_IN_HEAD, "garbage": receivers.GARBAGE, "slow": Answer(200, after=30),
    "status of words": Raw(b"HTTP/1.1 OK OK\r\n\r\n"), "status 99": Raw(b"HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n"),
    "only 100": Raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "switches": Raw(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"),
    "short body": Raw(b"HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\nshort"), "bad chunks": Raw(b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "negative length": Raw(b"HTTP/1.1 500 No\r\nContent-Length: -1\r\n\r\n"), "nothing but line ends": Raw(b"\r\n" * 1000),
    "compressed": Raw(b"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nxxxx"),
}
# Those from which a second request can be had at the receiver.
READS = set(BAD) - {"never reads", "closes at once"}


@pytest.fixture(scope="module")
def shared():
    """One server for all of them: what one receiver does must not matter to the next."""
    with support.server() as capid:
        capid.shell_app("quick", "echo hello")
        capid.hooks = Hooks(capid, retries=1, timeout=f"{int(TIMEOUT * 1000)}ms")
        capid.the_client = capid.start().client()
        yield capid
        assert capid.stop() == 0


def assert_cost_and_retried(capid, delivery):
    assert (delivery["status"], len(delivery["attempts"])) == ("failed", 2)
    assert all(attempt["error"] or attempt["status"] for attempt in delivery["attempts"]), delivery
    assert max(capid.hooks.durations(delivery)) <= TIMEOUT + 0.3 * support.PATIENCE, capid.hooks.durations(delivery)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_receiver_costs_its_timeout_at_most_and_is_tried_again(shared, name):
    with receiver(BAD[name]) as hook:
        delivery = shared.hooks.ended(shared.hooks.submit(shared.the_client, "quick", hook.url))
        assert_cost_and_retried(shared, delivery)
        assert len(hook.connections) == 2 and len(hook.requests) == (2 if name in READS else 0)
        assert all(gap >= 0.1 for gap in gaps(hook.requests))


def test_nobody_there_and_nobody_let_in(shared):
    with socket.socket() as closed, full_backlog() as full:
        closed.bind(("127.0.0.1", 0))
        for url in (f"http://127.0.0.1:{closed.getsockname()[1]}/", f"http://127.0.0.1:{full}/hook"):
            assert_cost_and_retried(shared, shared.hooks.ended(shared.hooks.submit(shared.the_client, "quick", url)))


def test_a_receiver_that_speaks_no_tls(shared):
    with receiver(204) as hook:
        url = hook.url.replace("http:", "https:")
        assert_cost_and_retried(shared, shared.hooks.ended(shared.hooks.submit(shared.the_client, "quick", url)))
        assert hook.requests == []


@pytest.mark.parametrize("act, url", [(receivers.NEVER_READS, "https"), (receivers.NEVER_READS, "http")])
def test_a_large_object_to_a_receiver_that_does_not_read(shared, act, url):
    """Neither a TLS greeting nor a body that fills every buffer on the way takes longer than the timeout."""
    shared.shell_app("full", "head -c 1048576 /dev/zero | tr '\\0' '\\1'")   # six megabytes in JSON
    support.wait_until(lambda: shared.the_client.request("GET", "/api/v1/apps/full").status_code == 200)
    with receiver(act) as hook:
        assert_cost_and_retried(shared, shared.hooks.ended(shared.hooks.submit(shared.the_client, "full", hook.url.replace("http", url))))


def test_an_answer_of_10_gb_takes_no_memory(capid):
    capid.shell_app("quick", "true")
    hooks = Hooks(capid, retries=1, timeout="1s")
    client = capid.start().client()
    with receiver(204) as warm:
        hooks.ended(hooks.submit(client, "quick", warm.url))
    success = Raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % receivers.ENDLESS_LENGTH + b"x" * 50 * MB)
    with Peak(capid) as peak, contextlib.ExitStack() as stack:
        acts = (receivers.ENDLESS, receivers.ENDLESS_HEAD, success)
        hooked = [stack.enter_context(receiver(act)) for act in acts]
        runs = [hooks.submit(client, "quick", hook.url) for hook in hooked]
        ended = [hooks.ended(run) for run in runs]
    print(f"poured {sum(hook.sent for hook in hooked) / MB:.0f} MB: grew by {peak.growth() / MB:.1f} MB from {peak.before / MB:.1f} MB")
    assert all(delivery["status"] == "failed" for delivery in ended[:2]) and all(hook.sent > 0 for hook in hooked[:2])
    for delivery in ended:
        assert max(hooks.durations(delivery)) <= 1 + 0.3 * support.PATIENCE
    if not support.SANITIZED:
        assert peak.growth() < 10 * MB


class Line:
    """Runs that wait behind one that goes on, and end together when they are cancelled: a delivery each, all at once."""

    def __init__(self, capid, client):
        self.capid, self.client = capid, client

    def submit(self, url, client=None):
        return self.capid.hooks.submit(client or self.client, "line", url)

    def cancel(self, run, client=None):
        answer = (client or self.client).request("POST", f"/api/v1/runs/{run}/cancel")
        assert answer.status_code == 200, answer.text


@pytest.fixture
def queue(many_descriptors):
    """A server on which one run goes on and the next wait, and which does not wait for the first when it is stopped."""
    with support.server(config="runs: {shutdown_grace: 1s}\n") as capid:
        capid.shell_app("line", "sleep 600", "concurrency: 1")
        capid.hooks = Hooks(capid, timeout="100s")
        line = Line(capid, capid.start().client())
        capid.cli("accounts", "add", "bob")
        first = line.client.submit("line")
        support.wait_until(lambda: line.client.get(first)["status"] == "running")
        yield line
        assert capid.stop() == 0, "no receiver holds it up"


def test_a_thousand_deliveries_to_a_dead_receiver_delay_nobody_else(queue):
    """The healthy receivers get theirs while not one of the dead one's attempts has ended: whoever waited for a dead one
    would wait for as long as its timeout."""
    line, capid = queue, queue.capid
    bob = capid.client(capid.key(account="bob"))
    with receiver(receivers.NEVER_ANSWERS) as dead, receiver() as healthy, receiver() as his:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            runs = list(pool.map(line.submit, [dead.url] * DEAD))
            mine, other = line.submit(healthy.url), line.submit(his.url, bob)
            also_dead = line.submit(dead.url, bob)
            list(pool.map(line.cancel, runs))
        line.cancel(also_dead, bob)
        support.wait_until(lambda: capid.database("SELECT count(*) FROM deliveries") == [(DEAD + 1,)])
        dead.wait(DEAD + 1, 60)   # all of them are on their way
        line.cancel(mine)
        line.cancel(other, bob)
        assert healthy.wait(1).json()["id"] == mine and his.wait(1).json()["id"] == other
        assert capid.database("SELECT status, count(*) FROM deliveries WHERE url = ? AND status NOT IN ('pending', 'sending') GROUP BY 1", dead.url) == []
        assert capid.database("SELECT count(*) FROM delivery_attempts JOIN deliveries ON id = delivery_id WHERE url = ? AND delivery_attempts.ended_at IS NOT NULL", dead.url) == [(0,)]
        assert all(capid.hooks.ended(run)["status"] == "delivered" for run in (mine, other))


def test_an_account_with_many_dead_receivers_delays_no_other_account(queue):
    """Three hundred dead receivers rather than one, two deliveries each; somebody else's is well."""
    line, capid = queue, queue.capid
    bob = capid.client(capid.key(account="bob"))
    with contextlib.ExitStack() as stack, receiver() as healthy:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=16)) for _ in range(300)]
        urls = [f"http://127.0.0.1:{listener.getsockname()[1]}/hook" for listener in listeners] * 2
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            runs = list(pool.map(line.submit, urls))
            his = line.submit(healthy.url, bob)
            list(pool.map(line.cancel, runs))
        line.cancel(his, bob)
        assert healthy.wait(1).json()["id"] == his
        assert capid.database("SELECT count(*) FROM deliveries WHERE status NOT IN ('pending', 'sending') AND url != ?", healthy.url) == [(0,)]


@pytest.mark.skipif(support.SANITIZED, reason="it is about room, and takes a sanitized build minutes")
def test_large_deliveries_of_some_accounts_leave_room_for_another(queue):
    """Together with small ones they would fill all the memory that deliveries may hold to the last byte; somebody else's
    begins all the same, while none of theirs has ended."""
    line, capid = queue, queue.capid
    capid.app("wide", "inputs: {text: {type: textarea}}\nconcurrency: 1\nagent: {command: [sleep, '600']}")
    support.wait_until(lambda: line.client.request("GET", "/api/v1/apps/wide").status_code == 200)
    for name in ("kim", "eve"):
        capid.cli("accounts", "add", name)
    bob, kim, eve = (capid.client(capid.key(account=name)) for name in ("bob", "kim", "eve"))
    with receiver(receivers.NEVER_ANSWERS) as dead, receiver(receivers.NEVER_ANSWERS) as another, receiver() as healthy:
        for client in (line.client, bob):
            for url in [dead.url, another.url] * 35:
                line.cancel(capid.hooks.submit(client, "wide", url, inputs={"text": "x" * 1_000_000}), client)
        for url in [dead.url] * 400:
            line.cancel(line.submit(url, kim), kim)
        counts = "SELECT (SELECT count(*) FROM deliveries WHERE status = 'pending'), (SELECT count(*) FROM deliveries WHERE status = 'sending')"
        seen = []
        support.wait_until(lambda: seen.append(capid.database(counts)[0]) or (sum(seen[-1]) == 540 and seen[-20:] == seen[-1:] * 20), what="no more room for them")
        hers = line.submit(healthy.url, eve)
        line.cancel(hers, eve)
        assert healthy.wait(1).json()["id"] == hers
        waiting, sending = capid.database(counts)[0]
        assert waiting > 0 and waiting + sending == 540, "theirs have not ended meanwhile"

# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments of load: what was acknowledged is there, and everything adds up."""
import os

import capid as support
from crowd import CONFIG, House
from ordeal import SEED, live_through, recover, suffer
from receivers import receiver

ROUNDS = int(os.environ.get("CAPID_CRASH_ROUNDS", "100"))   # by hand: 2,000


def live(pick, rounds):
    answers = [pick.choice([204, 204, 204, 500]) for _ in range(1000)]
    with support.server(config=CONFIG) as capid, receiver(*answers, 204) as hook:
        house = House(capid, hook, pick)
        suffer(house, rounds)
        recover(house)
        assert capid.stop() == 0
        recover(house)
        assert capid.stop() == 0
        ((known, interrupted),) = capid.database("SELECT count(*), sum(error_code = 'INTERRUPTED') FROM runs")
        ((ever,),) = capid.database("SELECT count(DISTINCT run_id) FROM ledger")
        return len(house.acknowledged.runs), len(house.acknowledged.cancelled), interrupted, ever - known, len(hook.requests)


def test_nothing_acknowledged_is_lost_when_the_server_is_killed():
    acknowledged, cancelled, interrupted, removed, told = live_through(ROUNDS, live)
    print(f"{ROUNDS} rounds, CAPID_CRASH_SEED={SEED}: {acknowledged} runs acknowledged, {cancelled} cancelled, {interrupted} interrupted, "
          f"{removed} removed for their age or size, {told} webhooks received")
    assert acknowledged >= ROUNDS and cancelled and interrupted, "there was load to speak of"
    assert removed or ROUNDS < 20, "retention was at work"

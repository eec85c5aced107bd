# SPDX-License-Identifier: Apache-2.0
"""Power losses at random moments of load: whatever the disk made of what had not been synced, what was acknowledged is there."""
import os

import capid as support
from crowd import CONFIG, House
from disk import Disk
from ordeal import SEED, live_through, recover, suffer
from receivers import receiver

ROUNDS = int(os.environ.get("CAPID_POWER_LOSS_ROUNDS", "20"))   # by hand: 1,000


def live(pick, rounds):
    with support.server(config=CONFIG) as capid, receiver() as hook:
        house = House(capid, hook, pick)
        capid.binary = support.POWER_LOSS
        house.disk = disk = Disk(capid)
        suffer(house, rounds)
        capid.binary, capid.environment, house.disk = support.BINARY, {}, None
        recover(house)
        assert capid.stop() == 0
        return len(house.acknowledged.runs), disk.losses, disk.losses_of_log, disk.losses_of_database, disk.checkpoints


def test_nothing_acknowledged_is_lost_when_the_power_fails():
    acknowledged, losses, of_log, of_database, checkpoints = live_through(ROUNDS, live)
    print(f"{ROUNDS} rounds, CAPID_CRASH_SEED={SEED}: {acknowledged} runs acknowledged; of {losses} losses {of_log} caught the log before a sync "
          f"and {of_database} the database, at one of {checkpoints} checkpoints")
    assert acknowledged >= ROUNDS and checkpoints, "there was load to speak of"
    assert of_log and (of_database or ROUNDS < 100), "something was there to lose"

# SPDX-License-Identifier: Apache-2.0
"""Rounds of load, death, restart and check, in as many data folders one after the other as keep the checks quick."""
import os
import random

import books
import capid as support

SEED = int(os.environ.get("CAPID_CRASH_SEED", str(random.SystemRandom().randrange(1 << 32))))
ROUNDS_A_HOUSE = 100


def live_through(rounds, live):
    """The sums of what `live(pick, some of the rounds)` returns for each data folder."""
    pick = random.Random(SEED)
    seen = [live(pick, min(ROUNDS_A_HOUSE, rounds - done)) for done in range(0, rounds, ROUNDS_A_HOUSE)]
    return map(sum, zip(*seen))


def lifetime(pick):
    """Mostly short; else past a second, when retention first looks."""
    return pick.uniform(0.02, 0.45) * support.PATIENCE if pick.random() < 0.75 else 1 + pick.uniform(0, 0.3) * support.PATIENCE


def suffer(house, rounds):
    for _ in range(rounds):
        if house.pick.random() < 0.2:
            house.kill_while_it_starts()
        house.start()
        books.check(house)
        house.load(lifetime(house.pick))


def recover(house):
    house.start()
    house.rest()
    books.check_at_rest(house)

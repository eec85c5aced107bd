# SPDX-License-Identifier: Apache-2.0
"""Fills a database that a server has made and left with finished runs, past the server: it would take an hour to run them."""
import contextlib
import os
import random
import sqlite3
import time

DAYS = 30
STATUSES = ["completed"] * 93 + ["failed"] * 6 + ["cancelled"]
# The share of the runs: most belong to the account that is asked about, and to one app.
ACCOUNT_WEIGHTS, APP_WEIGHTS = [80, 15, 5], [70, 25, 5]
LABELLED = 0.4
TAGS, TAG_WEIGHTS = ["nightly", "ci", "release"], [70, 25, 5]
TEAMS = ["sales", "legal", "research", "support"]
RESULT = "The report is ready: twelve regions, three charts.\n" * 4


def run_id(ms, counter, noise):
    """A UUID of version 7 as the server makes them: time, a counter within the millisecond, then noise."""
    digits = f"{ms:012x}7{counter:03x}{0x8000000000000000 | noise:016x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


class Generator:
    def __init__(self, accounts, apps, key):
        self.accounts, self.apps, self.key = accounts, apps, key
        self.random = random.Random(1)
        self.labels = []

    def runs(self, count):
        """The rows of the runs, from the oldest to the newest; their labels gather in `labels`."""
        begin = int(time.time() * 1000) - DAYS * 86_400_000
        step = DAYS * 86_400_000 // count
        for i in range(count):
            ms = begin + i * step
            account, = self.random.choices(self.accounts, ACCOUNT_WEIGHTS)
            (app, version), = self.random.choices(self.apps, APP_WEIGHTS)
            status = self.random.choice(STATUSES)
            id = run_id(ms, i % 4096, self.random.getrandbits(62))
            tags, metadata = self.label(account, app, id)
            failed = status == "failed"
            yield (id, account, app, app.title(), version, self.key if account == self.accounts[0] else None, "api", status,
                   f'{{"region":"EMEA","year":{2000 + i % 25}}}', tags, metadata,
                   RESULT if status == "completed" else None, "AGENT_EXIT_NONZERO" if failed else None,
                   "the agent ended with exit code 1" if failed else None, 1_000_000, 40, 9_000_000, 800,
                   ms, ms + 20, ms + 820, "local", 1, 0)

    def label(self, account, app, id):
        if self.random.random() >= LABELLED:
            return "[]", "{}"
        tag, = self.random.choices(TAGS, TAG_WEIGHTS)
        team = self.random.choice(TEAMS)
        self.labels += [(account, "tag", tag, id, app), (account, "metadata.team", team, id, app)]
        return f'["{tag}"]', f'{{"team":"{team}"}}'


COLUMNS = ("id, account_id, app_id, app_name, app_version, key_id, origin, status, inputs, tags, metadata, result_text, error_code, "
           "error_message, credits, cpu_ms, peak_memory_bytes, wall_ms, created_at, started_at, completed_at, node, attempt, thread_start")


def set_indexes_aside(connection):
    """Takes the runs' indexes away, to be made again once the rows are there. Returns the statements that make them."""
    listed = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'runs' AND sql IS NOT NULL").fetchall()
    for name, _ in listed:
        connection.execute(f"DROP INDEX {name}")
    return [sql for _, sql in listed]


def fill(path, count):
    """Adds `count` runs of the first account of the database, and of two more; its apps must be known already."""
    owner = os.stat(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-300000")
        accounts = [id for id, in connection.execute("SELECT id FROM accounts ORDER BY id")]
        apps = connection.execute("SELECT app_id, version FROM app_versions ORDER BY app_id").fetchall()
        (key,), = connection.execute("SELECT id FROM keys ORDER BY id LIMIT 1").fetchall()
        assert len(accounts) == len(ACCOUNT_WEIGHTS) and len(apps) == len(APP_WEIGHTS), (accounts, apps)
        generator = Generator(accounts, apps, key)
        connection.execute("BEGIN")
        indexes = set_indexes_aside(connection)
        marks = ", ".join("?" * len(COLUMNS.split(",")))
        connection.executemany(f"INSERT INTO runs ({COLUMNS}) VALUES ({marks})", generator.runs(count))
        connection.executemany("INSERT INTO run_labels (account_id, name, value, run_id, app_id) VALUES (?, ?, ?, ?, ?)", sorted(generator.labels))
        for sql in indexes:
            connection.execute(sql)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for name in os.listdir(os.path.dirname(path)):   # made by whoever runs this; the server is somebody else
        if name.startswith(os.path.basename(path)):
            os.chown(os.path.join(os.path.dirname(path), name), owner.st_uid, owner.st_gid)

# SPDX-License-Identifier: Apache-2.0
"""What must hold of a server's database and files after every crash, whatever was going on."""
import contextlib
import hashlib
import sqlite3
import time

import capid as support
from crowd import PER_CPU_SECOND, PER_RUN, REMOVED, START

REFUNDED = {"INTERRUPTED"}
ENDINGS = {f"{app} {code}" for app in ("quick", "large", "stripped", "slow") for code in ("-", "INTERRUPTED")}
ENDINGS |= {"retry -", "fails AGENT_EXIT_NONZERO", "fails INTERRUPTED"}


class Books:
    """One moment of the database, read beside the running server."""

    def __init__(self, capid):
        self.connection = sqlite3.connect(f"file:{capid.data}/capid.db?mode=ro", uri=True)
        self.connection.execute("BEGIN")

    def close(self):
        self.connection.close()

    def rows(self, sql, *values):
        return self.connection.execute(sql, values).fetchall()


def check(house):
    """All that can be said while the server works."""
    with contextlib.closing(Books(house.capid)) as books:
        assert books.rows("PRAGMA integrity_check") == [("ok",)]
        assert books.rows("PRAGMA foreign_key_check") == []
        check_acknowledged(books, house.acknowledged)
        check_ledger(books)
        check_sums(books)
        check_deliveries(books, house)
    check_files(house)


def check_at_rest(house):
    """The same, and what holds once nothing is left to do."""
    check(house)
    assert house.acknowledged.refused == []
    heard = house.heard()
    untold = house.acknowledged.told - set(heard) - house.given_up
    assert not untold, f"never told of: {untold}"
    for run, requests in heard.items():
        assert len({(request.headers["webhook-id"], request.body) for request in requests}) == 1, f"told in several ways of {run}"


def accepted_at(run):
    """Seconds since 1970, of which an id of version 7 has the milliseconds."""
    return int(run.replace("-", "")[:12], 16) / 1000


def check_acknowledged(books, acknowledged):
    """Each run is there, with its files, or ended and was removed by the rules: its entries in the ledger tell."""
    status = dict(books.rows("SELECT id, status FROM runs"))
    now = time.time()
    settled = {run for run, in books.rows("SELECT run_id FROM ledger WHERE kind = 'release'")}
    for run, app in acknowledged.runs.items():
        if run not in status:
            assert app in REMOVED and run in settled, f"acknowledged and lost: {run} of {app}"
            assert app != "quick" or now - accepted_at(run) > 1, f"removed too early: {run}"
    undone = [run for run in acknowledged.cancelled if status.get(run, "cancelled") != "cancelled"]
    assert not undone, f"said to be cancelled: {undone}"
    files = {}
    for run, hash in books.rows("SELECT run_id, sha256 FROM run_files ORDER BY run_id, position"):
        files.setdefault(run, []).append(hash)
    for run, hashes in acknowledged.hashes.items():
        assert run not in status or files.get(run, []) == hashes, f"the files of {run}"
    ended = {ending for ending, in books.rows("SELECT DISTINCT app_id || ' ' || coalesce(error_code, '-') FROM runs WHERE status IN ('completed', 'failed')")}
    assert ended <= ENDINGS, books.rows("SELECT app_id, error_code, error_message FROM runs WHERE error_code NOT IN ('INTERRUPTED', 'AGENT_EXIT_NONZERO')")


def check_ledger(books):
    assert books.rows("SELECT balance FROM accounts WHERE balance != (SELECT coalesce(sum(amount), 0) FROM ledger WHERE account_id = accounts.id)") == []
    assert books.rows("SELECT sum(amount) FROM ledger WHERE run_id IS NULL") == [(START,)]
    entries = {}
    for run, kind, amount in books.rows("SELECT run_id, kind, amount FROM ledger WHERE run_id IS NOT NULL"):
        entries.setdefault(run, []).append((kind, amount))
    for run, ended, started, error, cpu_ms, credits in books.rows("SELECT id, completed_at, started_at, error_code, cpu_ms, credits FROM runs"):
        wanted = [("reserve", -PER_RUN)]
        if ended:
            wanted.append(("release", PER_RUN))
            if started and error not in REFUNDED:
                wanted.append(("charge", -PER_RUN))
                wanted += [("charge", -cpu_ms * PER_CPU_SECOND // 1000)] if cpu_ms else []
        found = entries.pop(run, [])
        assert sorted(found) == sorted(wanted), run
        assert credits == (-sum(amount for _, amount in found) if ended else 0), run
    for run, found in entries.items():   # removed since, so it had ended
        kinds = sorted(kind for kind, _ in found)
        assert kinds[-2:] == ["release", "reserve"] and set(kinds[:-2]) <= {"charge"} and len(kinds) <= 4, (run, found)


def check_sums(books):
    """What is kept of many rows in one agrees with them."""
    charged = books.rows("SELECT count(DISTINCT run_id), coalesce(-sum(amount), 0) FROM ledger WHERE run_id IN (SELECT run_id FROM ledger WHERE kind = 'release')")
    assert books.rows("SELECT coalesce(sum(runs), 0), coalesce(sum(credits), 0) FROM daily_usage") == charged
    said = books.rows("SELECT app_id, bytes FROM app_sizes WHERE bytes <> 0 ORDER BY 1")
    assert said == books.rows("SELECT app_id, sum(stored_bytes) FROM runs GROUP BY app_id HAVING sum(stored_bytes) <> 0 ORDER BY 1")


def check_deliveries(books, house):
    wrong = books.rows("""
        SELECT id, status, webhook_url, (SELECT count(*) FROM deliveries WHERE run_id = runs.id) AS deliveries FROM runs
        WHERE deliveries != (completed_at IS NOT NULL AND webhook_url IS NOT NULL)""")
    assert wrong == [], "each run that has ended and has a webhook has one delivery, and no other has"
    for run, status, tries, told in books.rows("""
            SELECT run_id, status, (SELECT count(*) FROM delivery_attempts WHERE delivery_id = deliveries.id),
                   EXISTS (SELECT 1 FROM delivery_attempts WHERE delivery_id = deliveries.id AND http_status = 204)
            FROM deliveries WHERE status IN ('delivered', 'failed')"""):
        assert told if status == "delivered" else tries == 4, (run, status, tries)
        if status == "failed":
            house.given_up.add(run)


def check_files(house):
    """Rows and files name each other. What the server keeps or removes at this moment is looked at again; where it ended itself meanwhile,
    as it is told to where the power fails, that is for the check after its next start."""
    deadline = time.monotonic() + 5 * support.PATIENCE
    while True:
        wrong = faults_of_files(house.capid)
        if not wrong or house.capid.process.poll() is not None:
            return
        assert time.monotonic() < deadline, wrong
        time.sleep(0.05)


def faults_of_files(capid):
    blobs = capid.data / "files/blobs"
    named = "SELECT blob, sha256, size FROM run_files WHERE blob <> '' UNION ALL SELECT blob, sha256, size FROM artifacts WHERE blob <> ''"
    rows = {blob: (hash, size) for blob, hash, size in capid.database(named)}
    removed = {blob for blob, in capid.database("SELECT name FROM removed_blobs")}
    kept = {str(path.relative_to(blobs)): path for path in blobs.glob("*/*")}
    faults = [f"a row without its file: {blob}" for blob in rows.keys() - kept.keys()]
    faults += [f"a file without a row: {blob}" for blob in kept.keys() - rows.keys() - removed]
    faults += [f"a file half received: {path.name}" for path in (capid.data / "files/incoming").glob("*")]
    for blob in rows.keys() & kept.keys():
        with contextlib.suppress(FileNotFoundError):   # removed at this moment
            content = kept[blob].read_bytes()
            if (hashlib.sha256(content).hexdigest(), len(content)) != rows[blob]:
                faults.append(f"a file that is not what its row says: {blob}")
    return faults

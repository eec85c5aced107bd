// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

#include <array>

namespace capid::store {
namespace {

// Times are milliseconds since 1970, amounts are micro-credits, ids are UUIDs as text. `node`, `lease_until` and
// `attempt` say which server works on a run and since which try: with one server a data folder, lease_until is unused.
constexpr const char* kFirst = R"sql(
CREATE TABLE accounts (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL UNIQUE,
  role          TEXT NOT NULL CHECK (role IN ('admin', 'member')),
  password_hash TEXT,
  balance       INTEGER NOT NULL DEFAULT 0,
  created_at    INTEGER NOT NULL,
  disabled_at   INTEGER
) STRICT;

CREATE TABLE keys (
  id                  TEXT PRIMARY KEY,
  account_id          TEXT NOT NULL REFERENCES accounts (id),
  name                TEXT NOT NULL,
  hash                BLOB NOT NULL UNIQUE,
  prefix              TEXT NOT NULL,
  app_id              TEXT,
  requests_per_minute INTEGER,
  created_at          INTEGER NOT NULL,
  last_used_at        INTEGER,
  expires_at          INTEGER,
  revoked_at          INTEGER
) STRICT;
CREATE INDEX keys_by_account ON keys (account_id, id);

CREATE TABLE app_versions (
  app_id     TEXT NOT NULL,
  version    TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE threads (
  id            TEXT PRIMARY KEY,
  account_id    TEXT NOT NULL REFERENCES accounts (id),
  app_id        TEXT NOT NULL,
  last_sequence INTEGER NOT NULL DEFAULT 0,
  created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE runs (
  id                TEXT PRIMARY KEY,
  account_id        TEXT NOT NULL REFERENCES accounts (id),
  app_id            TEXT NOT NULL,
  app_name          TEXT NOT NULL,
  app_version       TEXT NOT NULL,
  key_id            TEXT REFERENCES keys (id),
  origin            TEXT NOT NULL CHECK (origin IN ('api', 'ui')),
  status            TEXT NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
  thread_id         TEXT REFERENCES threads (id),
  inputs            TEXT NOT NULL,
  model_id          TEXT,
  result_text       TEXT,
  error_code        TEXT,
  error_message     TEXT,
  credits           INTEGER NOT NULL DEFAULT 0,
  cpu_ms            INTEGER NOT NULL DEFAULT 0,
  peak_memory_bytes INTEGER NOT NULL DEFAULT 0,
  wall_ms           INTEGER NOT NULL DEFAULT 0,
  created_at        INTEGER NOT NULL,
  started_at        INTEGER,
  completed_at      INTEGER,
  node              TEXT,
  lease_until       INTEGER,
  attempt           INTEGER NOT NULL DEFAULT 0,
  FOREIGN KEY (app_id, app_version) REFERENCES app_versions (app_id, version)
) STRICT;
CREATE INDEX runs_by_account ON runs (account_id, id);
CREATE INDEX runs_by_app ON runs (app_id, app_version);
CREATE INDEX runs_unfinished ON runs (status, id) WHERE status IN ('pending', 'running');

CREATE TABLE run_files (
  run_id   TEXT NOT NULL REFERENCES runs (id),
  position INTEGER NOT NULL,
  name     TEXT NOT NULL,
  type     TEXT NOT NULL,
  size     INTEGER NOT NULL,
  sha256   TEXT NOT NULL,
  blob     TEXT NOT NULL,
  input    TEXT,
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_files_by_blob ON run_files (blob);

CREATE TABLE artifacts (
  id       TEXT PRIMARY KEY,
  run_id   TEXT NOT NULL REFERENCES runs (id),
  position INTEGER NOT NULL,
  title    TEXT NOT NULL,
  filename TEXT NOT NULL,
  type     TEXT NOT NULL,
  size     INTEGER NOT NULL,
  sha256   TEXT NOT NULL,
  blob     TEXT NOT NULL
) STRICT;
CREATE INDEX artifacts_by_run ON artifacts (run_id, position);
CREATE INDEX artifacts_by_blob ON artifacts (blob);

CREATE TABLE events (
  thread_id  TEXT NOT NULL REFERENCES threads (id),
  sequence   INTEGER NOT NULL,
  run_id     TEXT NOT NULL REFERENCES runs (id),
  type       TEXT NOT NULL,
  data       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (thread_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
  id         TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  run_id     TEXT REFERENCES runs (id),
  kind       TEXT NOT NULL CHECK (kind IN ('grant', 'reserve', 'release', 'charge')),
  amount     INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ledger_by_account ON ledger (account_id, id);
CREATE INDEX ledger_by_run ON ledger (run_id, id);
)sql";

// A run's labels are its tags (name `tag`) and its metadata (name `metadata.KEY`), in a table of their own so that a list
// can be filtered by them on an index. `thread_start` is the last sequence of the thread before the run's first event.
// What an account spent is summed up by day when a run is settled: the ledger grows without end, this does not.
constexpr const char* kSecond = R"sql(
ALTER TABLE runs ADD COLUMN workspace_id TEXT;
ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE runs ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE runs ADD COLUMN max_credits INTEGER;
ALTER TABLE runs ADD COLUMN timeout_ms INTEGER;
ALTER TABLE runs ADD COLUMN expires_at INTEGER;
ALTER TABLE runs ADD COLUMN thread_start INTEGER;
UPDATE runs SET thread_start = 0 WHERE thread_id IS NOT NULL;

CREATE INDEX runs_by_account_app ON runs (account_id, app_id, id);
CREATE INDEX runs_by_account_status ON runs (account_id, status, id);
CREATE INDEX runs_by_account_app_status ON runs (account_id, app_id, status, id);
CREATE INDEX runs_expiring ON runs (expires_at) WHERE status = 'pending' AND expires_at IS NOT NULL;
CREATE UNIQUE INDEX runs_one_a_thread ON runs (thread_id) WHERE status IN ('pending', 'running') AND thread_id IS NOT NULL;
CREATE INDEX runs_using_workspace ON runs (account_id, workspace_id)
  WHERE status IN ('pending', 'running') AND workspace_id IS NOT NULL;

CREATE TABLE run_labels (
  account_id TEXT NOT NULL,
  name       TEXT NOT NULL,
  value      TEXT NOT NULL,
  run_id     TEXT NOT NULL REFERENCES runs (id),
  app_id     TEXT NOT NULL,
  PRIMARY KEY (account_id, name, value, run_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_labels_by_run ON run_labels (run_id);

CREATE TABLE idempotency_keys (
  account_id  TEXT NOT NULL REFERENCES accounts (id),
  app_id      TEXT NOT NULL,
  key         TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  run_id      TEXT NOT NULL REFERENCES runs (id),
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (account_id, app_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE workspaces (
  account_id   TEXT NOT NULL REFERENCES accounts (id),
  id           TEXT NOT NULL,
  folder       TEXT NOT NULL UNIQUE,
  size_bytes   INTEGER NOT NULL DEFAULT 0,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE workspace_apps (
  account_id   TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  app_id       TEXT NOT NULL,
  PRIMARY KEY (account_id, workspace_id, app_id),
  FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE daily_usage (
  account_id TEXT NOT NULL REFERENCES accounts (id),
  day        TEXT NOT NULL,
  app_id     TEXT NOT NULL,
  model_id   TEXT NOT NULL,
  runs       INTEGER NOT NULL,
  credits    INTEGER NOT NULL,
  PRIMARY KEY (account_id, day, app_id, model_id)
) STRICT, WITHOUT ROWID;
INSERT INTO daily_usage
  SELECT account_id, strftime('%Y-%m-%d', completed_at / 1000, 'unixepoch'), app_id, coalesce(model_id, ''), count(*),
         sum(credits)
  FROM runs WHERE completed_at IS NOT NULL GROUP BY 1, 2, 3, 4;
)sql";

// A delivery is one webhook on its way to its receiver; its id is the `webhook-id` that the receiver sees. `receiver`
// (scheme, host and port of the address) is what deliveries to one server have in common. `attempt` counts the tries,
// `first_attempt` is the one with which the present series began. Its body (of `bytes`) lies apart, so that a try does not
// write it again. An account may have several secrets that still sign: the one that does not retire, and earlier ones.
constexpr const char* kThird = R"sql(
ALTER TABLE runs ADD COLUMN webhook_url TEXT;

CREATE TABLE webhook_secrets (
  id         TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  sealed     BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  retires_at INTEGER
) STRICT;
CREATE INDEX webhook_secrets_by_account ON webhook_secrets (account_id, id);
CREATE UNIQUE INDEX webhook_secrets_current ON webhook_secrets (account_id) WHERE retires_at IS NULL;

CREATE TABLE deliveries (
  id              TEXT PRIMARY KEY,
  account_id      TEXT NOT NULL REFERENCES accounts (id),
  run_id          TEXT REFERENCES runs (id),
  kind            TEXT NOT NULL CHECK (kind IN ('run', 'test')),
  url             TEXT NOT NULL,
  receiver        TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('pending', 'sending', 'delivered', 'failed')),
  attempt         INTEGER NOT NULL DEFAULT 0,
  first_attempt   INTEGER NOT NULL DEFAULT 1,
  next_attempt_at INTEGER,
  created_at      INTEGER NOT NULL,
  ended_at        INTEGER,
  node            TEXT,
  lease_until     INTEGER,
  bytes           INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_by_account ON deliveries (account_id, id);
CREATE INDEX deliveries_by_run ON deliveries (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX deliveries_pending ON deliveries (account_id, receiver, next_attempt_at) WHERE status = 'pending';
CREATE INDEX deliveries_sending ON deliveries (node) WHERE status = 'sending';

CREATE TABLE delivery_bodies (
  delivery_id TEXT PRIMARY KEY REFERENCES deliveries (id),
  body        BLOB NOT NULL
) STRICT;

CREATE TABLE delivery_attempts (
  delivery_id TEXT NOT NULL REFERENCES deliveries (id),
  number      INTEGER NOT NULL,
  started_at  INTEGER NOT NULL,
  ended_at    INTEGER,
  address     TEXT,
  http_status INTEGER,
  error       TEXT,
  PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;
)sql";

// The operator's secrets belong to the data folder, not to an account. A run is `degraded` where it was executed without
// the kernel's limits.
constexpr const char* kFourth = R"sql(
CREATE TABLE secrets (
  name       TEXT PRIMARY KEY,
  sealed     BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

ALTER TABLE runs ADD COLUMN degraded INTEGER NOT NULL DEFAULT 0;
)sql";

// What a run asked of models: `used_model` is the one that its calls went to, and nothing where it made none. Tokens of the
// input are counted with those that came from a cache.
constexpr const char* kFifth = R"sql(
ALTER TABLE runs ADD COLUMN used_model TEXT;
ALTER TABLE runs ADD COLUMN model_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN cached_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN output_tokens INTEGER NOT NULL DEFAULT 0;

ALTER TABLE daily_usage ADD COLUMN input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE daily_usage ADD COLUMN output_tokens INTEGER NOT NULL DEFAULT 0;
)sql";

// Who is signed in to the page, by the keyed hash of what their browser holds; the one set-up token that is good; and what was
// changed by whom, in words that stand when the thing is gone. An admin looks at everybody's runs: these lists need indexes as an
// account's do.
constexpr const char* kSixth = R"sql(
CREATE TABLE sessions (
  id           TEXT PRIMARY KEY,
  hash         BLOB NOT NULL UNIQUE,
  account_id   TEXT NOT NULL REFERENCES accounts (id),
  address      TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account_id);

CREATE TABLE setup_token (
  only       INTEGER PRIMARY KEY CHECK (only = 1),
  hash       BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
  id         TEXT PRIMARY KEY,
  account    TEXT NOT NULL,
  action     TEXT NOT NULL,
  target     TEXT NOT NULL,
  address    TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

DROP INDEX runs_unfinished;
CREATE INDEX runs_by_status ON runs (status, id);
CREATE INDEX runs_by_app_id ON runs (app_id, id);
CREATE INDEX runs_by_key ON runs (key_id, id) WHERE key_id IS NOT NULL;
CREATE INDEX runs_by_thread ON runs (thread_id, id) WHERE thread_id IS NOT NULL;
)sql";

// What is old can be removed: a run with all that hangs on it, but its entries of the ledger, which keep its id as what it was. A
// reference that no index leads to would be looked for in the whole table at every removal, so events and kept acceptances have
// none. An empty `blob` is a file whose bytes were removed and whose name is still known; `removed_blobs` are those whose bytes the disk
// still has. `stored_bytes` is what a finished run takes with all that hangs on it, `app_sizes` their sum. `moments` are single times that the server must not forget.
constexpr const char* kSeventh = R"sql(
CREATE TABLE events_without_reference (
  thread_id  TEXT NOT NULL REFERENCES threads (id),
  sequence   INTEGER NOT NULL,
  run_id     TEXT NOT NULL,
  type       TEXT NOT NULL,
  data       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (thread_id, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO events_without_reference SELECT thread_id, sequence, run_id, type, data, created_at FROM events;
DROP TABLE events;
ALTER TABLE events_without_reference RENAME TO events;

CREATE TABLE ledger_without_reference (
  id         TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  run_id     TEXT,
  kind       TEXT NOT NULL CHECK (kind IN ('grant', 'reserve', 'release', 'charge')),
  amount     INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
INSERT INTO ledger_without_reference SELECT id, account_id, run_id, kind, amount, created_at FROM ledger;
DROP TABLE ledger;
ALTER TABLE ledger_without_reference RENAME TO ledger;
CREATE INDEX ledger_by_account ON ledger (account_id, id);
CREATE INDEX ledger_by_run ON ledger (run_id, id);

CREATE TABLE idempotency_keys_without_reference (
  account_id  TEXT NOT NULL REFERENCES accounts (id),
  app_id      TEXT NOT NULL,
  key         TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  run_id      TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (account_id, app_id, key)
) STRICT, WITHOUT ROWID;
INSERT INTO idempotency_keys_without_reference
  SELECT account_id, app_id, key, fingerprint, run_id, created_at FROM idempotency_keys;
DROP TABLE idempotency_keys;
ALTER TABLE idempotency_keys_without_reference RENAME TO idempotency_keys;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE removed_blobs (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE moments (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_failed ON deliveries (account_id, id) WHERE status = 'failed';

ALTER TABLE runs ADD COLUMN stored_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE runs SET stored_bytes = length(CAST(inputs AS BLOB)) + coalesce(length(CAST(result_text AS BLOB)), 0)
    + (SELECT coalesce(sum(length(CAST(data AS BLOB))), 0) FROM events
       WHERE thread_id = runs.thread_id AND run_id = runs.id AND sequence > coalesce(runs.thread_start, 0))
    + (SELECT coalesce(sum(size), 0) FROM run_files WHERE run_id = runs.id)
    + (SELECT coalesce(sum(size), 0) FROM artifacts WHERE run_id = runs.id)
    + (SELECT coalesce(sum(bytes), 0) FROM deliveries WHERE run_id = runs.id)
  WHERE completed_at IS NOT NULL;
CREATE TABLE app_sizes (app_id TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO app_sizes SELECT app_id, sum(stored_bytes) FROM runs GROUP BY app_id;
)sql";

constexpr std::array kMigrations{kFirst, kSecond, kThird, kFourth, kFifth, kSixth, kSeventh};

}   // namespace

std::span<const char* const> migrations() { return kMigrations; }

}   // namespace capid::store

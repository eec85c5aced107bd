// SPDX-License-Identifier: Apache-2.0
#include "store/sessions.h"

namespace capid::store {
namespace {

#define CAPID_SESSION_COLUMNS                                                                          \
  "sessions.id, sessions.account_id, accounts.name, accounts.role = 'admin', accounts.disabled_at IS " \
  "NOT NULL, sessions.created_at, sessions.last_seen_at "                                              \
  "FROM sessions JOIN accounts ON accounts.id = sessions.account_id "

Session read_session(Query& row) {
  return {.id = row.text(0),
          .account = row.text(1),
          .account_name = row.text(2),
          .is_admin = row.integer(3) != 0,
          .account_disabled = row.integer(4) != 0,
          .created_at = row.integer(5),
          .last_seen_at = row.integer(6)};
}

}   // namespace

Result<std::string> insert_session(Transaction& transaction, const NewSession& session) {
  const std::string id = transaction.new_id();
  const base::TimeMs now = transaction.now_ms();
  TRY(transaction.database().execute(
      "INSERT INTO sessions (id, hash, account_id, address, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?)", id,
      Blob{session.hash}, session.account, session.address, now, now));
  TRY(transaction.database().execute(
      R"sql(DELETE FROM sessions WHERE account_id = ?1 AND id NOT IN
              (SELECT id FROM sessions WHERE account_id = ?1 ORDER BY id DESC LIMIT ?2))sql",
      session.account, kMostSessions));
  return id;
}

Result<std::optional<Session>> find_session_by_hash(Database& database, const std::string& hash) {
  return read_one(database.query("SELECT " CAPID_SESSION_COLUMNS "WHERE sessions.hash = ?", Blob{hash}), read_session);
}

Result<std::optional<Session>> find_session(Database& database, const std::string& id) {
  return read_one(database.query("SELECT " CAPID_SESSION_COLUMNS "WHERE sessions.id = ?", id), read_session);
}

#undef CAPID_SESSION_COLUMNS

Result<std::vector<std::string>> session_addresses(Database& database, const std::string& account, base::TimeMs since) {
  return read_all(database.query("SELECT DISTINCT address FROM sessions WHERE account_id = ? AND last_seen_at >= ? "
                                 "AND address <> ''",
                                 account, since),
                  [](Query& row) { return row.text(0); });
}

Result<void> touch_session(Transaction& transaction, const std::string& id) {
  const base::TimeMs now = transaction.now_ms();
  TRY(transaction.database().execute("UPDATE sessions SET last_seen_at = ? WHERE id = ? AND last_seen_at < ?", now, id,
                                     now));
  return {};
}

Result<void> remove_session(Transaction& transaction, const std::string& id) {
  TRY(transaction.database().execute("DELETE FROM sessions WHERE id = ?", id));
  return {};
}

Result<void> remove_sessions_of(Transaction& transaction, const std::string& account, const std::string& except) {
  TRY(transaction.database().execute("DELETE FROM sessions WHERE account_id = ? AND id <> ?", account, except));
  return {};
}

Result<void> remove_old_sessions(Transaction& transaction, base::TimeMs created, base::TimeMs seen) {
  TRY(transaction.database().execute("DELETE FROM sessions WHERE created_at < ? OR last_seen_at < ?", created, seen));
  return {};
}

Result<void> set_setup_token(Transaction& transaction, const std::string& hash, base::TimeMs expires_at) {
  TRY(transaction.database().execute(
      R"sql(INSERT INTO setup_token (only, hash, expires_at) VALUES (1, ?, ?)
            ON CONFLICT (only) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at)sql",
      Blob{hash}, expires_at));
  return {};
}

Result<bool> is_setup_token(Database& database, const std::string& hash, base::TimeMs now) {
  const auto found =
      TRY(read_one(database.query("SELECT 1 FROM setup_token WHERE hash = ? AND expires_at > ?", Blob{hash}, now),
                   [](Query&) { return true; }));
  return found.value_or(false);
}

Result<bool> take_setup_token(Transaction& transaction, const std::string& hash) {
  const int64_t taken = TRY(transaction.database().execute("DELETE FROM setup_token WHERE hash = ? AND expires_at > ?",
                                                           Blob{hash}, transaction.now_ms()));
  return taken == 1;
}

}   // namespace capid::store

// SPDX-License-Identifier: Apache-2.0
#include "store/keys.h"

namespace capid::store {
namespace {

#define CAPID_KEY_COLUMNS                                                                                              \
  "keys.id, keys.account_id, accounts.name, accounts.role, accounts.disabled_at IS NOT NULL, keys.name, keys.prefix, " \
  "keys.app_id, keys.created_at, keys.last_used_at, keys.expires_at, keys.revoked_at, keys.requests_per_minute "       \
  "FROM keys JOIN accounts ON accounts.id = keys.account_id "

Key read_key(Query& row) {
  return {
      .id = row.text(0),
      .account = row.text(1),
      .account_name = row.text(2),
      .account_role = row.text(3),
      .account_disabled = row.integer(4) != 0,
      .name = row.text(5),
      .prefix = row.text(6),
      .app = row.maybe_text(7),
      .created_at = row.integer(8),
      .last_used_at = row.maybe_integer(9),
      .expires_at = row.maybe_integer(10),
      .revoked_at = row.maybe_integer(11),
      .requests_per_minute = row.maybe_integer(12),
  };
}

}   // namespace

Result<std::string> insert_key(Transaction& transaction, const NewKey& key) {
  const std::string id = transaction.new_id();
  TRY(transaction.database().execute(
      "INSERT INTO keys (id, account_id, name, hash, prefix, app_id, created_at, expires_at, requests_per_minute) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      id, key.account, key.name, Blob{key.hash}, key.prefix, key.app, transaction.now_ms(), key.expires_at,
      key.requests_per_minute));
  return id;
}

Result<std::optional<Key>> find_key_by_hash(Database& database, const std::string& hash) {
  return read_one(database.query("SELECT " CAPID_KEY_COLUMNS "WHERE keys.hash = ?", Blob{hash}), read_key);
}

Result<std::optional<Key>> find_key(Database& database, const std::string& id) {
  return read_one(database.query("SELECT " CAPID_KEY_COLUMNS "WHERE keys.id = ?", id), read_key);
}

Result<std::vector<Key>> list_keys(Database& database) {
  return read_all(database.query("SELECT " CAPID_KEY_COLUMNS "ORDER BY keys.id"), read_key);
}

Result<std::vector<Key>> list_keys_of(Database& database, const std::string& account) {
  return read_all(database.query("SELECT " CAPID_KEY_COLUMNS "WHERE keys.account_id = ? ORDER BY keys.id", account),
                  read_key);
}

Result<bool> revoke_key(Transaction& transaction, const std::string& id) {
  const int64_t changed = TRY(transaction.database().execute(
      "UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", transaction.now_ms(), id));
  return changed == 1;
}

Result<void> touch_key(Transaction& transaction, const std::string& id, base::TimeMs used_at) {
  TRY(transaction.database().execute(
      "UPDATE keys SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)", used_at, id,
      used_at));
  return {};
}

#undef CAPID_KEY_COLUMNS

}   // namespace capid::store

// SPDX-License-Identifier: Apache-2.0
#include "store/accounts.h"

namespace capid::store {
namespace {

#define CAPID_ACCOUNT_COLUMNS "id, name, role, balance, created_at, disabled_at IS NOT NULL, password_hash IS NOT NULL "

Account read_account(Query& row) {
  return {.id = row.text(0),
          .name = row.text(1),
          .role = row.text(2),
          .balance = row.integer(3),
          .created_at = row.integer(4),
          .disabled = row.integer(5) != 0,
          .has_password = row.integer(6) != 0};
}

}   // namespace

Result<std::string> insert_account(Transaction& transaction, const std::string& name, const std::string& role) {
  if (TRY(find_account_by_name(transaction.database(), name))) {
    return Error{Code::kInvalidParameter, "there is an account named \"" + name + "\" already: choose another name",
                 "name"};
  }
  const std::string id = transaction.new_id();
  TRY(transaction.database().execute("INSERT INTO accounts (id, name, role, created_at) VALUES (?, ?, ?, ?)", id, name,
                                     role, transaction.now_ms()));
  return id;
}

Result<void> set_password_hash(Transaction& transaction, const std::string& account, const std::string& hash) {
  TRY(transaction.database().execute("UPDATE accounts SET password_hash = ? WHERE id = ?", hash, account));
  return {};
}

Result<std::optional<std::string>> password_hash(Database& database, const std::string& account) {
  const auto hash = TRY(read_one(database.query("SELECT password_hash FROM accounts WHERE id = ?", account),
                                 [](Query& row) { return row.maybe_text(0); }));
  return hash.value_or(std::nullopt);
}

Result<void> set_account_role(Transaction& transaction, const std::string& account, const std::string& role) {
  TRY(transaction.database().execute("UPDATE accounts SET role = ? WHERE id = ?", role, account));
  return {};
}

Result<void> set_account_disabled(Transaction& transaction, const std::string& account, bool disabled) {
  const auto since = disabled ? std::optional(transaction.now_ms()) : std::nullopt;
  TRY(transaction.database().execute("UPDATE accounts SET disabled_at = ? WHERE id = ?", since, account));
  return {};
}

Result<int64_t> count_other_admins(Database& database, const std::string& account) {
  const auto count =
      TRY(read_one(database.query("SELECT count(*) FROM accounts WHERE role = 'admin' AND disabled_at IS NULL "
                                  "AND password_hash IS NOT NULL AND id <> ?",
                                  account),
                   [](Query& row) { return row.integer(0); }));
  return count.value_or(0);
}

Result<std::map<std::string, int64_t>> count_active_keys(Database& database, base::TimeMs now) {
  std::map<std::string, int64_t> counts;
  auto query = TRY(database.query(
      "SELECT account_id, count(*) FROM keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?) GROUP "
      "BY account_id",
      now));
  while (TRY(query.next())) counts[query.text(0)] = query.integer(1);
  return counts;
}

Result<std::optional<Account>> find_account(Database& database, const std::string& id) {
  return read_one(database.query("SELECT " CAPID_ACCOUNT_COLUMNS "FROM accounts WHERE id = ?", id), read_account);
}

Result<std::optional<Account>> find_account_by_name(Database& database, const std::string& name) {
  return read_one(database.query("SELECT " CAPID_ACCOUNT_COLUMNS "FROM accounts WHERE name = ?", name), read_account);
}

Result<std::vector<Account>> list_accounts(Database& database) {
  return read_all(database.query("SELECT " CAPID_ACCOUNT_COLUMNS "FROM accounts ORDER BY name"), read_account);
}

#undef CAPID_ACCOUNT_COLUMNS

}   // namespace capid::store

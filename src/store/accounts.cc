// SPDX-License-Identifier: Apache-2.0
#include "store/accounts.h"

namespace capid::store {
namespace {

Account read_account(Query& row) {
  return {.id = row.text(0),
          .name = row.text(1),
          .role = row.text(2),
          .balance = row.integer(3),
          .created_at = row.integer(4),
          .disabled = row.integer(5) != 0};
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

Result<std::optional<Account>> find_account(Database& database, const std::string& id) {
  return read_one(
      database.query("SELECT id, name, role, balance, created_at, disabled_at IS NOT NULL FROM accounts WHERE id = ?",
                     id),
      read_account);
}

Result<std::optional<Account>> find_account_by_name(Database& database, const std::string& name) {
  return read_one(
      database.query("SELECT id, name, role, balance, created_at, disabled_at IS NOT NULL FROM accounts WHERE name = ?",
                     name),
      read_account);
}

Result<std::vector<Account>> list_accounts(Database& database) {
  return read_all(
      database.query("SELECT id, name, role, balance, created_at, disabled_at IS NOT NULL FROM accounts ORDER BY name"),
      read_account);
}

}   // namespace capid::store

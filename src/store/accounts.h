// SPDX-License-Identifier: Apache-2.0
// Accounts as rows.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

struct Account {
  std::string id;
  std::string name;
  std::string role;      ///< admin or member
  int64_t balance = 0;   ///< micro-credits: always the sum of the account's ledger entries
  base::TimeMs created_at = 0;
  bool disabled = false;
  bool has_password = false;
};

/// Errors: kInvalidParameter where the name is taken.
[[nodiscard]] Result<std::string> insert_account(Transaction& transaction, const std::string& name,
                                                 const std::string& role);
[[nodiscard]] Result<void> set_password_hash(Transaction& transaction, const std::string& account,
                                             const std::string& hash);
/// Nothing where the account has none, and so nobody signs in to it.
[[nodiscard]] Result<std::optional<std::string>> password_hash(Database& database, const std::string& account);

[[nodiscard]] Result<void> set_account_role(Transaction& transaction, const std::string& account,
                                            const std::string& role);
/// Disabled, an account's keys and sessions are good for nothing.
[[nodiscard]] Result<void> set_account_disabled(Transaction& transaction, const std::string& account, bool disabled);

/// How many admins beside this account can sign in.
[[nodiscard]] Result<int64_t> count_other_admins(Database& database, const std::string& account);

/// How many keys of each account are neither revoked nor expired, by the account's id.
[[nodiscard]] Result<std::map<std::string, int64_t>> count_active_keys(Database& database, base::TimeMs now);

[[nodiscard]] Result<std::optional<Account>> find_account(Database& database, const std::string& id);
[[nodiscard]] Result<std::optional<Account>> find_account_by_name(Database& database, const std::string& name);
[[nodiscard]] Result<std::vector<Account>> list_accounts(Database& database);

}   // namespace capid::store

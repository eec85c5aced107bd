// SPDX-License-Identifier: Apache-2.0
// Accounts as rows.
#pragma once

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
};

/// Errors: kInvalidParameter where the name is taken.
[[nodiscard]] Result<std::string> insert_account(Transaction& transaction, const std::string& name,
                                                 const std::string& role);
[[nodiscard]] Result<void> set_password_hash(Transaction& transaction, const std::string& account,
                                             const std::string& hash);
[[nodiscard]] Result<std::optional<Account>> find_account(Database& database, const std::string& id);
[[nodiscard]] Result<std::optional<Account>> find_account_by_name(Database& database, const std::string& name);
[[nodiscard]] Result<std::vector<Account>> list_accounts(Database& database);

}   // namespace capid::store

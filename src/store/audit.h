// SPDX-License-Identifier: Apache-2.0
// The audit log as rows: appended with the change itself, never altered.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

/// Who made a change, and from where.
struct Actor {
  std::string account;   ///< its name, or the host's user
  std::string address;   ///< an IP address, or "command line"
};

struct AuditEntry {
  std::string id;
  Actor actor;
  std::string action;   ///< noun.verb, such as key.create
  std::string target;   ///< in words that can be read when the thing is gone
  base::TimeMs created_at = 0;
};

/// In the transaction of the change that it tells of.
[[nodiscard]] Result<void> append_audit(Transaction& transaction, const Actor& actor, const std::string& action,
                                        const std::string& target);

/// Newest first, those with a smaller id than `before`.
[[nodiscard]] Result<std::vector<AuditEntry>> list_audit(Database& database, const std::optional<std::string>& before,
                                                         int64_t limit);

}   // namespace capid::store

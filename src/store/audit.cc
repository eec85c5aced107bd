// SPDX-License-Identifier: Apache-2.0
#include "store/audit.h"

namespace capid::store {
namespace {

constexpr const char* kAfterAll = "~";   // sorts after every id

}   // namespace

Result<void> append_audit(Transaction& transaction, const Actor& actor, const std::string& action,
                          const std::string& target) {
  TRY(transaction.database().execute(
      "INSERT INTO audit (id, account, action, target, address, created_at) VALUES (?, ?, ?, ?, ?, ?)",
      transaction.new_id(), actor.account, action, target, actor.address, transaction.now_ms()));
  return {};
}

Result<std::vector<AuditEntry>> list_audit(Database& database, const std::optional<std::string>& before,
                                           int64_t limit) {
  return read_all(database.query("SELECT id, account, action, target, address, created_at FROM audit WHERE id < ?1 "
                                 "ORDER BY id DESC LIMIT ?2",
                                 before.value_or(kAfterAll), limit),
                  [](Query& row) {
                    return AuditEntry{.id = row.text(0),
                                      .actor = {.account = row.text(1), .address = row.text(4)},
                                      .action = row.text(2),
                                      .target = row.text(3),
                                      .created_at = row.integer(5)};
                  });
}

}   // namespace capid::store

// SPDX-License-Identifier: Apache-2.0
#include "store/moments.h"

namespace capid::store {

Result<void> note_moment(Transaction& transaction, const char* name, base::TimeMs at) {
  TRY(transaction.database().execute(
      "INSERT INTO moments (name, at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at", name, at));
  return {};
}

Result<void> forget_moment(Transaction& transaction, const char* name) {
  TRY(transaction.database().execute("DELETE FROM moments WHERE name = ?", name));
  return {};
}

Result<std::optional<base::TimeMs>> find_moment(Database& database, const char* name) {
  return read_one(database.query("SELECT at FROM moments WHERE name = ?", name),
                  [](Query& row) { return row.integer(0); });
}

Result<bool> files_are_held(Transaction& transaction) {
  const auto until = TRY(find_moment(transaction.database(), kFilesHeldUntil));
  return until && *until > transaction.now_ms() && *until <= transaction.now_ms() + kLongestHoldMs;
}

}   // namespace capid::store

// SPDX-License-Identifier: Apache-2.0
#include "store/ledger.h"

#include <array>

namespace capid::store {

std::string_view to_string(EntryKind kind) {
  constexpr std::array<std::string_view, 4> kNames{"grant", "reserve", "release", "charge"};
  return kNames[static_cast<size_t>(kind)];
}

Result<void> add_entry(Transaction& transaction, const std::string& account, const std::optional<std::string>& run,
                       EntryKind kind, int64_t amount) {
  TRY(transaction.database().execute(
      "INSERT INTO ledger (id, account_id, run_id, kind, amount, created_at) VALUES (?, ?, ?, ?, ?, ?)",
      transaction.new_id(), account, run, to_string(kind), amount, transaction.now_ms()));
  TRY(transaction.database().execute("UPDATE accounts SET balance = balance + ? WHERE id = ?", amount, account));
  return {};
}

Result<int64_t> taken_for_run(Database& database, const std::string& run) {
  auto sum = TRY(read_one(database.query("SELECT -coalesce(sum(amount), 0) FROM ledger WHERE run_id = ?", run),
                          [](Query& row) { return row.integer(0); }));
  return sum.value_or(0);
}

Result<int64_t> reserved_for_run(Transaction& transaction, const std::string& run) {
  auto sum = TRY(read_one(
      transaction.database().query(
          "SELECT -coalesce(sum(amount), 0) FROM ledger WHERE run_id = ? AND kind IN ('reserve', 'release')", run),
      [](Query& row) { return row.integer(0); }));
  return sum.value_or(0);
}

}   // namespace capid::store

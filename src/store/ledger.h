// SPDX-License-Identifier: Apache-2.0
// The ledger: every change of a balance is a row, and the balance is their sum. Rows are never changed or removed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/transaction.h"

namespace capid::store {

enum class EntryKind { kGrant, kReserve, kRelease, kCharge };

[[nodiscard]] std::string_view to_string(EntryKind kind);

/// Adds `amount` micro-credits (negative: takes them) to the ledger and to the account's balance, in one step.
[[nodiscard]] Result<void> add_entry(Transaction& transaction, const std::string& account,
                                     const std::optional<std::string>& run, EntryKind kind, int64_t amount);

/// What was taken for a run, its reservation included: minus the sum of all its entries.
[[nodiscard]] Result<int64_t> taken_for_run(Database& database, const std::string& run);

/// What is still reserved for a run: minus the sum of its reserve and release entries.
[[nodiscard]] Result<int64_t> reserved_for_run(Transaction& transaction, const std::string& run);

}   // namespace capid::store

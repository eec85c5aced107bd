// SPDX-License-Identifier: Apache-2.0
// What runs cost. Every function works inside the caller's transaction, so that a run and its entries are one.
#pragma once

#include "credits/prices.h"
#include "store/ledger.h"

namespace capid::credits {

/// Grants a new account its starting balance.
[[nodiscard]] Result<void> open_account(store::Transaction& transaction, const Prices& prices,
                                        const std::string& account);

/// Adds `amount` (or takes it, where negative) by an operator's hand.
[[nodiscard]] Result<void> grant(store::Transaction& transaction, const std::string& account, int64_t amount);

/// Reserves the base price for a run that is being accepted. Errors: kInsufficientCredits.
[[nodiscard]] Result<void> reserve(store::Transaction& transaction, const Prices& prices, const std::string& account,
                                   const std::string& run);

/// Whether a run may ask a model for something more: its own `most` (where it has one) is not spent, and where balances
/// are enforced, neither is its account's. What it then costs is charged in full. Errors: kBudgetExceeded,
/// kInsufficientCredits.
[[nodiscard]] Result<void> admit_call(store::Database& database, const Prices& prices, const std::string& account,
                                      const std::string& run, const std::optional<int64_t>& most);

/// Takes what a run's call of a model cost.
[[nodiscard]] Result<void> charge_call(store::Transaction& transaction, const std::string& account,
                                       const std::string& run, int64_t amount);

enum class Bill { kCharge, kRefund };

/// Ends a run's reservation: charges what was reserved, and `cpu` with it, or gives the former back and forgets the latter.
/// Returns all that the run was ever charged, calls of models included, which are never given back.
[[nodiscard]] Result<int64_t> settle(store::Transaction& transaction, const std::string& account,
                                     const std::string& run, Bill bill, int64_t cpu);

}   // namespace capid::credits

// SPDX-License-Identifier: Apache-2.0
// What runs cost. Every function works inside the caller's transaction, so that a run and its entries are one.
#pragma once

#include "store/ledger.h"

namespace capid::credits {

/// Amounts are micro-credits.
struct Prices {
  bool enforce = false;   ///< false: metered and shown, never refused
  int64_t starting_balance = 0;
  int64_t per_run = 0;
};

/// Grants a new account its starting balance.
[[nodiscard]] Result<void> open_account(store::Transaction& transaction, const Prices& prices,
                                        const std::string& account);

/// Adds `amount` (or takes it, where negative) by an operator's hand.
[[nodiscard]] Result<void> grant(store::Transaction& transaction, const std::string& account, int64_t amount);

/// Reserves the base price for a run that is being accepted. Errors: kInsufficientCredits.
[[nodiscard]] Result<void> reserve(store::Transaction& transaction, const Prices& prices, const std::string& account,
                                   const std::string& run);

enum class Bill { kCharge, kRefund };

/// Ends a run's reservation: charges what was reserved, or gives it back. Returns what was charged.
[[nodiscard]] Result<int64_t> settle(store::Transaction& transaction, const std::string& account,
                                     const std::string& run, Bill bill);

}   // namespace capid::credits

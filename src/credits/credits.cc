// SPDX-License-Identifier: Apache-2.0
#include "credits/credits.h"

#include "base/text.h"
#include "store/accounts.h"

namespace capid::credits {

using store::EntryKind;

Result<void> open_account(store::Transaction& transaction, const Prices& prices, const std::string& account) {
  return grant(transaction, account, prices.starting_balance);
}

Result<void> grant(store::Transaction& transaction, const std::string& account, int64_t amount) {
  if (amount == 0) return {};
  return store::add_entry(transaction, account, std::nullopt, EntryKind::kGrant, amount);
}

Result<void> reserve(store::Transaction& transaction, const Prices& prices, const std::string& account,
                     const std::string& run) {
  if (prices.per_run == 0) return {};
  if (prices.enforce) {
    const auto found = TRY(store::find_account(transaction.database(), account));
    const int64_t balance = found ? found->balance : 0;
    if (balance < prices.per_run) {
      return Error{Code::kInsufficientCredits, "a run costs at least " + base::micro_to_text(prices.per_run) +
                                                   " credits and the balance is " + base::micro_to_text(balance) +
                                                   ": ask the operator for more"};
    }
  }
  return store::add_entry(transaction, account, run, EntryKind::kReserve, -prices.per_run);
}

Result<int64_t> settle(store::Transaction& transaction, const std::string& account, const std::string& run, Bill bill) {
  const int64_t reserved = TRY(store::reserved_for_run(transaction, run));
  if (reserved == 0) return 0;
  TRY(store::add_entry(transaction, account, run, EntryKind::kRelease, reserved));
  if (bill == Bill::kRefund) return 0;
  TRY(store::add_entry(transaction, account, run, EntryKind::kCharge, -reserved));
  return reserved;
}

}   // namespace capid::credits

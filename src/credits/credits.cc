// SPDX-License-Identifier: Apache-2.0
#include "credits/credits.h"

#include "base/text.h"
#include "store/accounts.h"

namespace capid::credits {

using store::EntryKind;

namespace {

Result<void> charge(store::Transaction& transaction, const std::string& account, const std::string& run,
                    int64_t amount) {
  if (amount == 0) return {};
  return store::add_entry(transaction, account, run, EntryKind::kCharge, -amount);
}

}   // namespace

Result<void> open_account(store::Transaction& transaction, const Prices& prices, const std::string& account) {
  return grant(transaction, account, prices.starting_balance);
}

Result<void> grant(store::Transaction& transaction, const std::string& account, int64_t amount) {
  constexpr int64_t kMost = 1'000'000'000'000'000;   // sums of many stay far from the end of numbers
  if (amount == 0) return {};
  if (amount > kMost || amount < -kMost)
    return Error{Code::kInvalidParameter, "at most a thousand million credits can be given or taken at once", "amount"};
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

Result<void> admit_call(store::Database& database, const Prices& prices, const std::string& account,
                        const std::string& run, const std::optional<int64_t>& most) {
  if (most && TRY(store::taken_for_run(database, run)) >= *most)
    return Error{Code::kBudgetExceeded,
                 "this run has spent the " + base::micro_to_text(*most) + " credits that its maxCredits allow"};
  if (!prices.enforce) return {};
  const auto found = TRY(store::find_account(database, account));
  if (found && found->balance > 0) return {};
  return Error{Code::kInsufficientCredits, "the account's credits are spent: ask the operator for more"};
}

Result<void> charge_call(store::Transaction& transaction, const std::string& account, const std::string& run,
                         int64_t amount) {
  return charge(transaction, account, run, amount);
}

Result<int64_t> settle(store::Transaction& transaction, const std::string& account, const std::string& run, Bill bill,
                       int64_t cpu) {
  const int64_t reserved = TRY(store::reserved_for_run(transaction, run));
  if (reserved != 0) TRY(store::add_entry(transaction, account, run, EntryKind::kRelease, reserved));
  if (bill == Bill::kCharge) {
    TRY(charge(transaction, account, run, reserved));
    TRY(charge(transaction, account, run, cpu));
  }
  return store::taken_for_run(transaction.database(), run);
}

}   // namespace capid::credits

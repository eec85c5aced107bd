// SPDX-License-Identifier: Apache-2.0
// What an account used, summed up by day, app and model. Always equal to the sum of its settled runs' charges.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

struct DailyUsage {
  std::string day;   ///< 2026-04-27, in UTC
  std::string app;
  std::string model;   ///< the one that was used, else the one that was asked for; empty: none
  int64_t runs = 0;
  int64_t credits = 0;   ///< micro-credits
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;
};

/// Adds one settled run.
[[nodiscard]] Result<void> add_usage(Transaction& transaction, const std::string& run, int64_t credits);

/// From the day `first` on, in the order of days. `app`: of this one alone.
[[nodiscard]] Result<std::vector<DailyUsage>> list_usage(Database& database, const std::string& account,
                                                         const std::optional<std::string>& app,
                                                         const std::string& first);

}   // namespace capid::store

// SPDX-License-Identifier: Apache-2.0
// Idempotency keys as rows: which run a key of a client stands for. Written in the run's own transaction.
#pragma once

#include <optional>
#include <string>

#include "store/transaction.h"

namespace capid::store {

struct IdempotencyKey {
  std::string account;
  std::string app;
  std::string key;
};

/// What was accepted under a key.
struct KeptAcceptance {
  std::string fingerprint;
  std::string run;
  std::string app_name;   ///< as the first answer said it
};

/// Nothing where the key is not known, or was used before `since`.
[[nodiscard]] Result<std::optional<KeptAcceptance>> find_acceptance(Database& database, const IdempotencyKey& key,
                                                                    base::TimeMs since);

/// Replaces an older use of the same key: whether there is a live one is the caller's to look at first.
[[nodiscard]] Result<void> keep_acceptance(Transaction& transaction, const IdempotencyKey& key,
                                           const std::string& fingerprint, const std::string& run);

/// Forgets keys that were used before `since`, at most `limit` of them. Returns how many.
[[nodiscard]] Result<int64_t> forget_acceptances(Transaction& transaction, base::TimeMs since, int64_t limit);

}   // namespace capid::store

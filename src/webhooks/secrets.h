// SPDX-License-Identifier: Apache-2.0
// An account's webhook secrets: made at the first need, sealed in the store, replaced without a gap.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "store/transaction.h"

namespace capid::webhooks {

struct Secret {
  std::string text;   ///< whsec_...
  base::TimeMs created_at = 0;
  std::optional<base::TimeMs> retires_at;   ///< nothing: the current one
};

class Secrets {
 public:
  /// How long a secret that was replaced still signs beside the new one.
  static constexpr int64_t kOverlapMs = 24 * 3'600'000;
  /// How many may sign at once: each makes the header longer.
  static constexpr size_t kMost = 5;

  /// Without `instance_secret` no stored secret can be opened.
  explicit Secrets(const base::SecretKey& instance_secret) : key_(instance_secret.derive("webhook secrets")) {}

  /// Those that sign now, the current one first. Makes one where the account has none yet.
  [[nodiscard]] Result<std::vector<Secret>> open(store::Transaction& transaction, const std::string& account) const;

  /// A new current secret; the one before signs for kOverlapMs more. Errors: kInvalidParameter where kMost sign already.
  [[nodiscard]] Result<std::vector<Secret>> rotate(store::Transaction& transaction, const std::string& account) const;

  /// A new secret, and no other signs any more: for one that got into wrong hands.
  [[nodiscard]] Result<std::vector<Secret>> replace(store::Transaction& transaction, const std::string& account) const;

 private:
  [[nodiscard]] Result<std::vector<Secret>> live(store::Transaction& transaction, const std::string& account) const;
  [[nodiscard]] Result<void> make(store::Transaction& transaction, const std::string& account,
                                  int64_t overlap_ms) const;

  base::SecretKey key_;
};

}   // namespace capid::webhooks

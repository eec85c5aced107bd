// SPDX-License-Identifier: Apache-2.0
// The operator's secrets, which apps use by name: sealed in the store, opened for one run at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "store/transaction.h"

namespace capid::secrets {

inline constexpr size_t kMostBytes = 16 << 10;

/// What a name may be: see store::is_secret_name. Errors: kInvalidParameter.
[[nodiscard]] Result<void> check_name(const std::string& name);

/// What a person is to do about a secret that is not set.
[[nodiscard]] std::string not_set_message(const std::string& name);

class Secrets {
 public:
  /// Without `instance_secret` no stored secret can be opened.
  explicit Secrets(const base::SecretKey& instance_secret) : key_(instance_secret.derive("operator secrets")) {}

  /// Makes the secret or replaces its value; whoever asks from then on gets the new one. Errors: kInvalidParameter for a
  /// name that is none, and for a value that is empty, larger than kMostBytes or holds a NUL.
  [[nodiscard]] Result<void> set(store::Transaction& transaction, const std::string& name,
                                 std::string_view value) const;

  /// Its value as it is now; nothing where it is not set. Errors: kInternal where it was sealed under another instance
  /// secret or another name.
  [[nodiscard]] Result<std::optional<base::SecretText>> get(store::Database& database, const std::string& name) const;

 private:
  base::SecretKey key_;
};

}   // namespace capid::secrets

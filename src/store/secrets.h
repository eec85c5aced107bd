// SPDX-License-Identifier: Apache-2.0
// The operator's secrets, as rows: a name and its sealed value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

/// What a secret's name may be, for messages.
inline constexpr const char* kSecretNameForm = "1 to 64 of A-Z, 0-9 and '_', not beginning with a digit";

[[nodiscard]] bool is_secret_name(std::string_view text);

struct Secret {
  std::string name;
  base::TimeMs created_at = 0;
  base::TimeMs updated_at = 0;
};

/// All of them by name, without their values.
[[nodiscard]] Result<std::vector<Secret>> list_secrets(Database& database);

/// The sealed value; nothing where there is no such secret.
[[nodiscard]] Result<std::optional<std::string>> find_sealed_secret(Database& database, const std::string& name);

/// Makes the secret, or gives it another value.
[[nodiscard]] Result<void> put_secret(Transaction& transaction, const std::string& name, const std::string& sealed);

/// False: there was none.
[[nodiscard]] Result<bool> remove_secret(Transaction& transaction, const std::string& name);

}   // namespace capid::store

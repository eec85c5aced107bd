// SPDX-License-Identifier: Apache-2.0
// The secrets with which an account's webhooks are signed, as rows: sealed, one that is current, some that retire.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

struct WebhookSecret {
  std::string sealed;
  base::TimeMs created_at = 0;
  std::optional<base::TimeMs> retires_at;   ///< nothing: it is the current one
};

/// Those of the account that sign at `now`, newest first.
[[nodiscard]] Result<std::vector<WebhookSecret>> live_webhook_secrets(Database& database, const std::string& account,
                                                                      base::TimeMs now);

/// Makes `sealed` the account's current secret. Those before retire at `retires_at` at the latest; what has retired
/// already goes.
[[nodiscard]] Result<void> replace_webhook_secret(Transaction& transaction, const std::string& account,
                                                  const std::string& sealed, base::TimeMs retires_at);

}   // namespace capid::store

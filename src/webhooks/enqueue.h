// SPDX-License-Identifier: Apache-2.0
// Puts a webhook into the outbox, in the caller's transaction: it is on its way if and only if that is committed.
#pragma once

#include <optional>
#include <string>

#include "store/deliveries.h"

namespace capid::webhooks {

/// `run` is nothing for a test. `url` was checked when it was given. Returns the delivery's id.
[[nodiscard]] Result<std::string> enqueue(store::Transaction& transaction, const std::string& account,
                                          const std::optional<std::string>& run, const std::string& url,
                                          const std::string& body);

}   // namespace capid::webhooks

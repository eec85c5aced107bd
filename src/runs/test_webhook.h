// SPDX-License-Identifier: Apache-2.0
// A webhook to try a receiver with: the object of a run that there never was, on the way that every webhook takes.
#pragma once

#include <string>

#include "store/transaction.h"

namespace capid::runs {

/// Puts it into the outbox and returns the delivery's id. `url` was checked.
[[nodiscard]] Result<std::string> enqueue_test_webhook(store::Transaction& transaction, const std::string& account,
                                                       const std::string& url, const std::string& public_url);

}   // namespace capid::runs

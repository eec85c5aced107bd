// SPDX-License-Identifier: Apache-2.0
// Render: a delivery with its tries, as people and programs are shown it.
#pragma once

#include <vector>

#include "base/json.h"
#include "store/deliveries.h"

namespace capid::webhooks {

/// nextAttemptAt is null also for what is due at once.
[[nodiscard]] OrderedJson render_delivery(const store::Delivery& delivery, const std::vector<store::Attempt>& attempts);

}   // namespace capid::webhooks

// SPDX-License-Identifier: Apache-2.0
// What the outbox counts, for who operates the server.
#pragma once

#include "base/metrics.h"
#include "store/database.h"

namespace capid::webhooks {

struct Metrics {
  base::Counter delivered;   ///< tries, not deliveries
  base::Counter failed;
  base::Histogram seconds{{0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60}};   ///< that a try took
};

/// These, and how many deliveries wait or are on their way.
[[nodiscard]] Result<void> write_metrics(const Metrics& metrics, store::Database& database, base::MetricsText& text);

}   // namespace capid::webhooks

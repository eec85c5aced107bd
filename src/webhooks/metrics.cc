// SPDX-License-Identifier: Apache-2.0
#include "webhooks/metrics.h"

#include "store/deliveries.h"

namespace capid::webhooks {

Result<void> write_metrics(const Metrics& metrics, store::Database& database, base::MetricsText& text) {
  using store::DeliveryStatus;
  text.family("capid_webhook_attempts_total", "counter", "Tries to deliver a webhook, by what they came to.");
  text.sample({{"outcome", "delivered"}}, static_cast<double>(metrics.delivered.value()));
  text.sample({{"outcome", "failed"}}, static_cast<double>(metrics.failed.value()));
  text.family("capid_webhook_attempt_duration_seconds", "histogram", "How long such a try took.");
  text.samples(metrics.seconds);
  text.family("capid_webhook_deliveries", "gauge", "Webhooks that have not arrived yet, and are not given up.");
  for (const DeliveryStatus status : {DeliveryStatus::kPending, DeliveryStatus::kSending})
    text.sample({{"status", store::to_string(status)}},
                static_cast<double>(TRY(store::count_deliveries(database, status))));
  return {};
}

}   // namespace capid::webhooks

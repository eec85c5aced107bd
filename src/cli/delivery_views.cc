// SPDX-License-Identifier: Apache-2.0
#include "cli/delivery_views.h"

#include "cli/terminal.h"

namespace capid::cli {

std::string outcome_of(const store::Attempt& attempt) {
  const std::string why = attempt.end.error.value_or("");
  if (attempt.end.http_status)
    return "HTTP " + std::to_string(*attempt.end.http_status) + (why.empty() ? "" : " (" + why + ")");
  if (!why.empty()) return why;
  return attempt.ended_at ? "no answer" : "on its way";
}

void print_deliveries(const std::vector<DeliveryLog>& logs) {
  std::vector<std::vector<std::string>> rows{{"ID", "STATUS", "TRIES", "LAST TRY", "URL", "RUN", "CREATED"}};
  for (const DeliveryLog& log : logs) {
    const store::Delivery& delivery = log.delivery;
    rows.push_back({delivery.id, std::string(store::to_string(delivery.status)), std::to_string(log.attempts.size()),
                    log.attempts.empty() ? "-" : harmless(outcome_of(log.attempts.back())), harmless(delivery.url),
                    delivery.run.value_or("(test)"), base::to_iso8601(delivery.created_at)});
  }
  print_table(rows);
}

}   // namespace capid::cli

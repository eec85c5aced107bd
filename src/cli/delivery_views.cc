// SPDX-License-Identifier: Apache-2.0
#include "cli/delivery_views.h"

#include "cli/terminal.h"

namespace capid::cli {
namespace {

using base::or_null;
using base::time_or_null;

OrderedJson attempt_json(const store::Attempt& attempt) {
  return {{"number", attempt.number},
          {"startedAt", base::to_iso8601(attempt.started_at)},
          {"endedAt", time_or_null(attempt.ended_at)},
          {"address", or_null(attempt.end.address)},
          {"status", or_null(attempt.end.http_status)},
          {"error", or_null(attempt.end.error)}};
}

}   // namespace

OrderedJson delivery_json(const DeliveryLog& log) {
  const store::Delivery& delivery = log.delivery;
  OrderedJson attempts = OrderedJson::array();
  for (const store::Attempt& attempt : log.attempts) attempts.push_back(attempt_json(attempt));
  return {
      {"id", delivery.id},
      {"account", delivery.account_name},
      {"runId", or_null(delivery.run)},
      {"kind", delivery.run ? "run" : "test"},
      {"url", delivery.url},
      {"status", store::to_string(delivery.status)},
      {"createdAt", base::to_iso8601(delivery.created_at)},
      {"nextAttemptAt", delivery.next_attempt_at == 0 ? OrderedJson(nullptr) : time_or_null(delivery.next_attempt_at)},
      {"endedAt", time_or_null(delivery.ended_at)},
      {"attempts", std::move(attempts)}};
}

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

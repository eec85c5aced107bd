// SPDX-License-Identifier: Apache-2.0
#include "webhooks/render.h"

namespace capid::webhooks {
namespace {

using base::or_null;
using base::time_or_null;

OrderedJson render(const store::Attempt& attempt) {
  return {{"number", attempt.number},
          {"startedAt", base::to_iso8601(attempt.started_at)},
          {"endedAt", time_or_null(attempt.ended_at)},
          {"address", or_null(attempt.end.address)},
          {"status", or_null(attempt.end.http_status)},
          {"error", or_null(attempt.end.error)}};
}

}   // namespace

OrderedJson render_delivery(const store::Delivery& delivery, const std::vector<store::Attempt>& attempts) {
  OrderedJson rendered = OrderedJson::array();
  for (const store::Attempt& attempt : attempts) rendered.push_back(render(attempt));
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
      {"attempts", std::move(rendered)}};
}

}   // namespace capid::webhooks

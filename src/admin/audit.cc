// SPDX-License-Identifier: Apache-2.0
#include "admin/audit.h"

#include "http/params.h"

namespace capid::admin {

Result<http::Response> Audit::list(const http::Request& request, const Visitor&) {
  constexpr int64_t kPage = 100, kLargestPage = 500;
  TRY(http::check_params(request, {"before", "limit"}));
  const int64_t limit =
      TRY(http::number_param(request, "limit", {.otherwise = kPage, .least = 1, .most = kLargestPage, .clamp = true}));
  const auto entries = TRY(store::list_audit(*readers_.lend(), http::text_param(request, "before"), limit));
  OrderedJson listed = OrderedJson::array();
  for (const store::AuditEntry& entry : entries) {
    listed.push_back({{"id", entry.id},
                      {"createdAt", base::to_iso8601(entry.created_at)},
                      {"account", entry.actor.account},
                      {"action", entry.action},
                      {"target", entry.target},
                      {"from", entry.actor.address}});
  }
  const bool full = static_cast<int64_t>(entries.size()) == limit;
  return http::json_response(200, {{"entries", std::move(listed)},
                                   {"nextBefore", full ? OrderedJson(entries.back().id) : OrderedJson(nullptr)}});
}

}   // namespace capid::admin

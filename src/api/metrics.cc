// SPDX-License-Identifier: Apache-2.0
#include "api/metrics.h"

#include "http/params.h"

namespace capid::api {

Result<http::Response> Metrics::get(const http::Request& request, const keys::Grant& grant) {
  TRY(http::check_params(request, {}));
  if (!grant.admin) return Error{Code::kInvalidApiKey, "the metrics need a key of an admin's account"};
  if (grant.app) return Error{Code::kAppScopeRestricted, "the metrics are of the whole server, not of one app"};
  base::MetricsText text;
  for (const Source& source : sources_) TRY(source(text));
  return http::Response{.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = text.take()};
}

}   // namespace capid::api

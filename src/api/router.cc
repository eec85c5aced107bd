// SPDX-License-Identifier: Apache-2.0
#include "api/router.h"

#include <chrono>

#include "api/auth.h"
#include "api/run_access.h"
#include "base/text.h"
#include "http/errors.h"

namespace capid::api {
namespace {

int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Error too_many_requests(const RateLimit::Admission& admission) {
  Error error{Code::kRateLimited, "this key may make " + std::to_string(admission.quota) +
                                      " requests a minute: wait as long as Retry-After says"};
  error.retry_after_s = admission.reset_s;
  return error;
}

http::Response finished(Result<http::Response> outcome, const http::Request& request) {
  return outcome ? std::move(*outcome) : http::failure_response(outcome.error(), request.id);
}

}   // namespace

// Before any of these, for every request: http/server.cc's guard (framing, lengths, control characters, an address and a
// method that are known). Behind `key`: a live API key, its rate limit, and, before anything is looked up, its scope
// against the app in the address. What else a handler finds by id it checks through api/run_access.
std::vector<http::Route> routes(const Handlers& handlers, keys::Verifier& verifier, RateLimit& rate_limit) {
  const auto open = [](auto& noun, auto method) {
    return [&noun, method](const http::Request& request) { return finished((noun.*method)(request), request); };
  };
  const auto key = [&verifier, &rate_limit](auto& noun, auto method) {
    return [&verifier, &rate_limit, &noun, method](const http::Request& request) {
      const auto grant = authenticate(verifier, request);
      if (!grant) return http::failure_response(grant.error(), request.id);
      const RateLimit::Admission admission = rate_limit.admit(*grant, steady_ms());
      http::Response response = finished(
          [&]() -> Result<http::Response> {
            if (!admission.admitted) return too_many_requests(admission);
            if (const std::string app = url_app(request); !app.empty()) TRY(check_scope(*grant, app));
            return (noun.*method)(request, *grant);
          }(),
          request);
      for (auto& header : rate_limit_headers(admission)) response.headers.push_back(std::move(header));
      return response;
    };
  };
  const auto& [runs, artifacts, events, apps, workspaces, usage, openapi, health, metrics] = handlers;
  return {
      {"POST", "/api/v1/runs", key(runs, &Runs::create)},
      {"POST", "/api/v1/apps/:appId/runs", key(runs, &Runs::create)},
      {"GET", "/api/v1/runs", key(runs, &Runs::list)},
      {"GET", "/api/v1/apps/:appId/runs", key(runs, &Runs::list)},
      {"GET", "/api/v1/runs/:runId", key(runs, &Runs::get)},
      {"GET", "/api/v1/apps/:appId/runs/:runId", key(runs, &Runs::get)},
      {"POST", "/api/v1/runs/:runId/cancel", key(runs, &Runs::cancel)},
      {"POST", "/api/v1/apps/:appId/runs/:runId/cancel", key(runs, &Runs::cancel)},
      {"POST", "/api/v1/runs/:runId/replay", key(runs, &Runs::replay)},
      {"GET", "/api/v1/runs/:runId/artifacts", key(artifacts, &Artifacts::list)},
      {"GET", "/api/v1/runs/:runId/artifacts/:artifactId", key(artifacts, &Artifacts::get)},
      {"GET", "/api/v1/runs/:runId/events", key(events, &Events::of_run)},
      {"GET", "/api/v1/threads/:threadId", key(events, &Events::of_thread)},
      {"GET", "/api/v1/apps", key(apps, &Apps::list)},
      {"GET", "/api/v1/apps/:appId", key(apps, &Apps::get)},
      {"POST", "/api/v1/apps/:appId/validate-input", key(apps, &Apps::validate_input)},
      {"GET", "/api/v1/apps/:appId/openapi.json", key(openapi, &OpenApi::of_app)},
      {"GET", "/api/v1/openapi.json", key(openapi, &OpenApi::whole)},
      {"GET", "/api/v1/workspaces", key(workspaces, &Workspaces::list)},
      {"DELETE", "/api/v1/workspaces/:workspaceId", key(workspaces, &Workspaces::remove)},
      {"GET", "/api/v1/usage", key(usage, &Usage::get)},
      {"GET", "/livez", open(health, &Health::live)},
      {"GET", "/readyz", open(health, &Health::ready)},
      {"GET", "/metrics", key(metrics, &Metrics::get)},
  };
}

}   // namespace capid::api

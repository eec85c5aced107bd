// SPDX-License-Identifier: Apache-2.0
#include "api/router.h"

#include <chrono>

#include "api/auth.h"
#include "api/errors.h"
#include "api/run_access.h"
#include "base/text.h"

namespace capid::api {
namespace {

std::string_view first_segment(std::string_view path) { return path.substr(0, path.find('/')); }

// Side by side, without a copy: every request is held against every route.
bool matches(std::string_view pattern, std::string_view path) {
  for (;;) {
    const std::string_view wanted = first_segment(pattern), given = first_segment(path);
    if (wanted.starts_with(':') ? given.empty() : wanted != given) return false;
    const bool last = wanted.size() == pattern.size();
    if (last != (given.size() == path.size())) return false;
    if (last) return true;
    pattern.remove_prefix(wanted.size() + 1);
    path.remove_prefix(given.size() + 1);
  }
}

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

Response finished(Result<Response> outcome, const Request& request) {
  return outcome ? std::move(*outcome) : failure_response(outcome.error(), request.id);
}

}   // namespace

// Before any of these, for every request: http_server.cc's guard (framing, lengths, control characters, an address and a
// method that are known). Behind `key`: a live API key, its rate limit, and, before anything is looked up, its scope
// against the app in the address. What else a handler finds by id it checks through api/run_access.
Router::Router(const Handlers& handlers, keys::Verifier& verifier, RateLimit& rate_limit) {
  const auto open = [](auto& noun, auto method) {
    return [&noun, method](const Request& request) { return finished((noun.*method)(request), request); };
  };
  const auto key = [&verifier, &rate_limit](auto& noun, auto method) {
    return [&verifier, &rate_limit, &noun, method](const Request& request) {
      const auto grant = authenticate(verifier, request);
      if (!grant) return failure_response(grant.error(), request.id);
      const RateLimit::Admission admission = rate_limit.admit(*grant, steady_ms());
      Response response = finished(
          [&]() -> Result<Response> {
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
  routes_ = {
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

std::optional<Error> Router::refuse(const std::string& method, const std::string& path) const {
  bool known = false;
  for (const Route& route : routes_) {
    if (!matches(route.pattern, path)) continue;
    if (route.method == method || (route.method == "GET" && method == "HEAD")) return std::nullopt;
    known = true;
  }
  if (known) return Error{Code::kMethodNotAllowed, "this address takes " + allowed_methods(path)};
  return Error{Code::kRouteNotFound, "there is nothing at this address: the API is below /api/v1"};
}

std::string Router::allowed_methods(const std::string& path) const {
  std::vector<std::string> methods;
  for (const Route& route : routes_) {
    if (!matches(route.pattern, path)) continue;
    methods.push_back(route.method);
    if (route.method == "GET") methods.push_back("HEAD");
  }
  return base::join(methods, ", ");
}

}   // namespace capid::api

// SPDX-License-Identifier: Apache-2.0
#include "api/router.h"

#include "api/auth.h"
#include "base/text.h"

namespace capid::api {
namespace {

bool matches(const std::string& pattern, const std::string& path) {
  const auto wanted = base::split(pattern, '/');
  const auto given = base::split(path, '/');
  if (wanted.size() != given.size()) return false;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with(':') ? given[i].empty() : wanted[i] != given[i]) return false;
  }
  return true;
}

}   // namespace

// Before any of these, for every request: server.cc's guard (framing, lengths, control characters). Behind `key`: a
// live API key; the handlers themselves check its scope against the app they are asked for, before they look anything
// up.
Router::Router(Runs& runs, Health& health, keys::Verifier& verifier) {
  const auto open = [](auto& noun, auto method) {
    return [&noun, method](const Request& request) { return (noun.*method)(request); };
  };
  const auto key = [&verifier](auto& noun, auto method) {
    return [&verifier, &noun, method](const Request& request) -> Result<Response> {
      return (noun.*method)(request, TRY(authenticate(verifier, request)));
    };
  };
  routes_ = {
      {"POST", "/api/v1/runs", key(runs, &Runs::create)},
      {"POST", "/api/v1/apps/:appId/runs", key(runs, &Runs::create)},
      {"GET", "/api/v1/runs/:runId", key(runs, &Runs::get)},
      {"GET", "/api/v1/apps/:appId/runs/:runId", key(runs, &Runs::get)},
      {"GET", "/api/v1/runs/:runId/artifacts", key(runs, &Runs::list_artifacts)},
      {"GET", "/api/v1/runs/:runId/artifacts/:artifactId", key(runs, &Runs::get_artifact)},
      {"GET", "/livez", open(health, &Health::live)},
      {"GET", "/readyz", open(health, &Health::ready)},
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

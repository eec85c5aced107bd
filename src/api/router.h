// SPDX-License-Identifier: Apache-2.0
// The router: every route and every guard of the programs' API on one screen.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/apps.h"
#include "api/artifacts.h"
#include "api/events.h"
#include "api/health.h"
#include "api/http.h"
#include "api/metrics.h"
#include "api/openapi.h"
#include "api/rate_limit.h"
#include "api/runs.h"
#include "api/usage.h"
#include "api/workspaces.h"

namespace capid::api {

/// A method and a pattern of literal and :named segments.
struct Route {
  std::string method;
  std::string pattern;
  std::function<Response(const Request&)> handler;
};

/// What answers the routes.
struct Handlers {
  Runs& runs;
  Artifacts& artifacts;
  Events& events;
  Apps& apps;
  Workspaces& workspaces;
  Usage& usage;
  OpenApi& openapi;
  Health& health;
  Metrics& metrics;
};

class Router {
 public:
  Router(const Handlers& handlers, keys::Verifier& verifier, RateLimit& rate_limit);

  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

  /// What is wrong with asking `method` of `path`, or nothing: kRouteNotFound, kMethodNotAllowed.
  [[nodiscard]] std::optional<Error> refuse(const std::string& method, const std::string& path) const;

  /// The methods that `path` has, for the Allow header.
  [[nodiscard]] std::string allowed_methods(const std::string& path) const;

 private:
  std::vector<Route> routes_;
};

}   // namespace capid::api

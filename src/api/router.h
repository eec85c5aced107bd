// SPDX-License-Identifier: Apache-2.0
// The router: every route and every guard of the programs' API on one screen.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/health.h"
#include "api/http.h"
#include "api/runs.h"

namespace capid::api {

/// A method and a pattern of literal and :named segments.
struct Route {
  std::string method;
  std::string pattern;
  std::function<Result<Response>(const Request&)> handler;
};

class Router {
 public:
  Router(Runs& runs, Health& health, keys::Verifier& verifier);

  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

  /// What is wrong with asking `method` of `path`, or nothing: kRouteNotFound, kMethodNotAllowed.
  [[nodiscard]] std::optional<Error> refuse(const std::string& method, const std::string& path) const;

  /// The methods that `path` has, for the Allow header.
  [[nodiscard]] std::string allowed_methods(const std::string& path) const;

 private:
  std::vector<Route> routes_;
};

}   // namespace capid::api

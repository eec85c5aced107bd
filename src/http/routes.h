// SPDX-License-Identifier: Apache-2.0
// Routes: which addresses there are, with which methods, and what answers them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "http/message.h"

namespace capid::http {

/// A method and a pattern of literal and :named segments.
struct Route {
  std::string method;
  std::string pattern;
  std::function<Response(const Request&)> handler;
};

class Routes {
 public:
  explicit Routes(std::vector<Route> routes) : routes_(std::move(routes)) {}

  [[nodiscard]] const std::vector<Route>& all() const { return routes_; }

  /// Whether there is a route for it: kRouteNotFound, kMethodNotAllowed, or nothing.
  [[nodiscard]] std::optional<Error> refuse(const std::string& method, const std::string& path) const;

  /// For an Allow header: "GET, HEAD, POST".
  [[nodiscard]] std::string allowed_methods(const std::string& path) const;

 private:
  std::vector<Route> routes_;
};

}   // namespace capid::http

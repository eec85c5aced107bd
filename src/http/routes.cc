// SPDX-License-Identifier: Apache-2.0
#include "http/routes.h"

#include "base/text.h"

namespace capid::http {
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

}   // namespace

std::optional<Error> Routes::refuse(const std::string& method, const std::string& path) const {
  bool known = false;
  for (const Route& route : routes_) {
    if (!matches(route.pattern, path)) continue;
    if (route.method == method || (route.method == "GET" && method == "HEAD")) return std::nullopt;
    known = true;
  }
  if (known) return Error{Code::kMethodNotAllowed, "this address takes " + allowed_methods(path)};
  return Error{Code::kRouteNotFound, "there is nothing at this address: the API is below /api/v1"};
}

std::string Routes::allowed_methods(const std::string& path) const {
  std::vector<std::string> methods;
  for (const Route& route : routes_) {
    if (!matches(route.pattern, path)) continue;
    methods.push_back(route.method);
    if (route.method == "GET") methods.push_back("HEAD");
  }
  return base::join(methods, ", ");
}

}   // namespace capid::http

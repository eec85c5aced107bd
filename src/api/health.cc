// SPDX-License-Identifier: Apache-2.0
#include "api/health.h"

#include "api/auth.h"

namespace capid::api {

Result<http::Response> Health::live(const http::Request&) { return http::json_response(200, {{"status", "ok"}}); }

Result<http::Response> Health::ready(const http::Request& request) {
  const bool verbose = request.query.contains("verbose");
  if (verbose) {
    const keys::Grant grant = TRY(authenticate(verifier_, request));
    if (!grant.admin) return Error{Code::kInvalidApiKey, "readyz?verbose needs a key of an admin's account"};
    if (grant.app) return Error{Code::kAppScopeRestricted, "readyz?verbose tells of every app, not of one"};
  }
  TRY(is_ready_());
  OrderedJson body{{"status", "ok"}};
  if (verbose) {
    body["apps"] = OrderedJson::array();
    for (const apps::AppState& app : apps_.list()) {
      OrderedJson state{{"id", app.app}, {"status", app.version ? "ready" : "disabled"}};
      if (!app.version) state["problem"] = app.problem;
      body["apps"].push_back(std::move(state));
    }
  }
  return http::json_response(200, body);
}

}   // namespace capid::api

// SPDX-License-Identifier: Apache-2.0
#include "api/apps.h"

#include <array>

#include "api/run_request.h"
#include "apps/input_schema.h"
#include "http/params.h"

namespace capid::api {
namespace {

std::string_view to_string(apps::WorkspaceUse use) {
  constexpr std::array<std::string_view, 3> kNames{"optional", "required", "none"};
  return kNames[static_cast<size_t>(use)];
}

}   // namespace

OrderedJson render_app(const apps::AppState& app) {
  if (!app.version) {
    return {{"id", app.app},          {"name", app.app},    {"description", ""},      {"status", "disabled"},
            {"problem", app.problem}, {"version", nullptr}, {"inputSchema", nullptr}, {"workspace", nullptr}};
  }
  const apps::Manifest& manifest = app.version->manifest;
  return {{"id", app.app},
          {"name", manifest.name},
          {"description", manifest.description},
          {"status", "ready"},
          {"problem", nullptr},
          {"version", app.version->version},
          {"inputSchema", apps::input_schema(manifest, true)},
          {"workspace", to_string(manifest.workspace)}};
}

Result<http::Response> Apps::list(const http::Request& request, const keys::Grant& grant) {
  TRY(http::check_params(request, {}));
  OrderedJson listed = OrderedJson::array();
  for (const apps::AppState& app : apps_.list()) {
    if (!grant.app || *grant.app == app.app) listed.push_back(render_app(app));
  }
  return http::json_response(200, {{"apps", std::move(listed)}});
}

Result<http::Response> Apps::get(const http::Request& request, const keys::Grant&) {
  TRY(http::check_params(request, {}));
  return http::json_response(200, render_app(TRY(apps_.state(request.param("appId")))));
}

Result<http::Response> Apps::validate_input(const http::Request& request, const keys::Grant&) {
  TRY(http::check_params(request, {}));
  const std::string& app = request.param("appId");
  TRY(submit_.check_accepting());
  TRY(apps_.current(app));
  TRY(submit_.validate(TRY(read_run_request(request, app, blobs_))));
  return http::json_response(200, {{"valid", true}});
}

}   // namespace capid::api

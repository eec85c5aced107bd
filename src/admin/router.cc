// SPDX-License-Identifier: Apache-2.0
#include "admin/router.h"

#include "admin/assets.h"
#include "http/errors.h"

namespace capid::admin {
namespace {

http::Response finished(Result<http::Response> outcome, const http::Request& request) {
  return outcome ? std::move(*outcome) : http::failure_response(outcome.error(), request.id);
}

}   // namespace

// Whatever changes something comes from a page of this server; behind `member` and `admin` there is a session, looked up anew for
// each request. `as_program` hands on to what programs call as well, with what the visitor may reach.
std::vector<http::Route> routes(const Handlers& handlers, const api::Handlers& programs, const Guard& guard) {
  const auto own_change = [&guard](const http::Request& request) -> Result<void> {
    if (request.method == "GET" || request.method == "HEAD") return {};
    return guard.check_origin(request);
  };
  const auto guarded = [&guard, own_change](const http::Request& request) -> Result<Visitor> {
    TRY(own_change(request));
    return guard.visitor(request);
  };
  const auto page = [](const http::Request& request) { return finished(get_page(request), request); };
  const auto asset = [](const http::Request& request) { return finished(get_asset(request), request); };
  const auto anybody = [own_change](auto& noun, auto method) {
    return [own_change, &noun, method](const http::Request& request) {
      return finished(
          [&]() -> Result<http::Response> {
            TRY(own_change(request));
            return (noun.*method)(request);
          }(),
          request);
    };
  };
  // What a handler is called with comes from what must be passed first.
  const auto behind = [](auto pass) {
    return [pass](auto& noun, auto method) {
      return [pass, &noun, method](const http::Request& request) {
        return finished(
            [&]() -> Result<http::Response> {
              const auto passed = TRY(pass(request));
              return (noun.*method)(request, passed);
            }(),
            request);
      };
    };
  };
  const auto member = behind(guarded);
  const auto admin = behind([guarded](const http::Request& request) -> Result<Visitor> {
    Visitor visitor = TRY(guarded(request));
    TRY(check_admin(visitor));
    return visitor;
  });
  const auto as_program =
      behind([guarded](const http::Request& request) -> Result<keys::Grant> { return TRY(guarded(request)).grant(); });
  const auto& [entrance, pulse, apps, runs, artifacts, workspaces, keys, webhooks, accounts, models, audit, system] =
      handlers;
  std::vector<http::Route> routes = {
      {"GET", "/assets/:name", asset},

      {"POST", "/admin/api/setup", anybody(entrance, &Entrance::set_up)},
      {"POST", "/admin/api/session", anybody(entrance, &Entrance::sign_in)},
      {"GET", "/admin/api/session", anybody(entrance, &Entrance::session)},
      {"DELETE", "/admin/api/session", member(entrance, &Entrance::sign_out)},
      {"DELETE", "/admin/api/sessions", member(entrance, &Entrance::sign_out_everywhere)},
      {"POST", "/admin/api/password", member(entrance, &Entrance::change_password)},
      {"GET", "/admin/api/pulse", member(pulse, &Pulse::stream)},

      {"GET", "/admin/api/apps", as_program(programs.apps, &api::Apps::list)},
      {"GET", "/admin/api/apps/:appId", member(apps, &Apps::get)},
      {"POST", "/admin/api/apps/:appId/runs", member(runs, &Runs::create)},
      {"GET", "/admin/api/runs", member(runs, &Runs::list)},
      {"GET", "/admin/api/runs/:runId", member(runs, &Runs::get)},
      {"POST", "/admin/api/runs/:runId/cancel", member(runs, &Runs::cancel)},
      {"POST", "/admin/api/runs/:runId/replay", member(runs, &Runs::replay)},
      {"GET", "/admin/api/runs/:runId/artifacts", as_program(programs.artifacts, &api::Artifacts::list)},
      {"GET", "/admin/api/runs/:runId/artifacts/:artifactId", member(artifacts, &Artifacts::get)},
      {"GET", "/admin/api/runs/:runId/events", as_program(programs.events, &api::Events::of_run)},
      {"GET", "/admin/api/threads/:threadId", member(runs, &Runs::thread)},
      {"GET", "/admin/api/threads/:threadId/events", as_program(programs.events, &api::Events::of_thread)},
      {"GET", "/admin/api/workspaces", as_program(programs.workspaces, &api::Workspaces::list)},
      {"DELETE", "/admin/api/workspaces/:workspaceId", member(workspaces, &Workspaces::remove)},
      {"GET", "/admin/api/usage", as_program(programs.usage, &api::Usage::get)},

      {"GET", "/admin/api/keys", member(keys, &Keys::list)},
      {"POST", "/admin/api/keys", member(keys, &Keys::create)},
      {"DELETE", "/admin/api/keys/:keyId", member(keys, &Keys::revoke)},
      {"POST", "/admin/api/webhooks/secret", member(webhooks, &Webhooks::secret)},
      {"POST", "/admin/api/webhooks/secret/rotate", member(webhooks, &Webhooks::rotate)},
      {"POST", "/admin/api/webhooks/test", member(webhooks, &Webhooks::test)},
      {"GET", "/admin/api/webhooks/deliveries", member(webhooks, &Webhooks::list)},
      {"GET", "/admin/api/webhooks/deliveries/:deliveryId", member(webhooks, &Webhooks::get)},
      {"POST", "/admin/api/webhooks/deliveries/:deliveryId/redeliver", member(webhooks, &Webhooks::redeliver)},

      {"GET", "/admin/api/accounts", admin(accounts, &Accounts::list)},
      {"POST", "/admin/api/accounts", admin(accounts, &Accounts::add)},
      {"POST", "/admin/api/accounts/:accountId/role", admin(accounts, &Accounts::set_role)},
      {"POST", "/admin/api/accounts/:accountId/password", admin(accounts, &Accounts::set_password)},
      {"POST", "/admin/api/accounts/:accountId/credit", admin(accounts, &Accounts::credit)},
      {"POST", "/admin/api/accounts/:accountId/disable", admin(accounts, &Accounts::disable)},
      {"POST", "/admin/api/accounts/:accountId/enable", admin(accounts, &Accounts::enable)},
      {"GET", "/admin/api/models", admin(models, &Models::list)},
      {"GET", "/admin/api/audit", admin(audit, &Audit::list)},
      {"GET", "/admin/api/system", admin(system, &System::get)},
      {"GET", "/admin/api/system/doctor", admin(system, &System::doctor)},
  };
  for (const char* address :
       {"/", "/setup", "/sign-in", "/apps", "/apps/:appId", "/apps/:appId/:tab", "/runs", "/runs/:runId",
        "/threads/:threadId", "/keys", "/webhooks", "/usage", "/account", "/accounts", "/models", "/audit", "/system"})
    routes.push_back({"GET", address, page});
  return routes;
}

}   // namespace capid::admin

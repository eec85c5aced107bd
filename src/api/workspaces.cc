// SPDX-License-Identifier: Apache-2.0
#include "api/workspaces.h"

#include <algorithm>

#include "http/params.h"
#include "store/accounts.h"
#include "store/workspaces.h"

namespace capid::api {
namespace {

OrderedJson render(const store::Workspace& workspace) {
  return {{"id", workspace.id},
          {"sizeBytes", workspace.size_bytes},
          {"createdAt", base::to_iso8601(workspace.created_at)},
          {"lastUsedAt", base::to_iso8601(workspace.last_used_at)}};
}

// Who reaches all names whose it is; nobody: one's own.
Result<std::string> owner_of(store::Database& database, const http::Request& request, const keys::Grant& grant) {
  const auto name = grant.reaches_all ? http::text_param(request, "account") : std::nullopt;
  if (!name) return grant.account;
  const auto account = TRY(store::find_account_by_name(database, *name));
  if (!account) return Error{Code::kAccountNotFound, "there is no such account", "account"};
  return account->id;
}

// A key of one app may remove what no other app has used.
Result<void> check_reach(store::Database& database, const keys::Grant& grant, const std::string& id) {
  if (!grant.app) return {};
  const auto apps = TRY(store::apps_of_workspace(database, grant.account, id));
  if (std::all_of(apps.begin(), apps.end(), [&](const std::string& app) { return app == *grant.app; })) return {};
  return Error{Code::kAppScopeRestricted, "other apps than the one this key works for use this workspace"};
}

}   // namespace

Result<http::Response> Workspaces::list(const http::Request& request, const keys::Grant& grant) {
  TRY(http::check_params(request, {}));
  OrderedJson listed = OrderedJson::array();
  if (grant.reaches_all) {
    for (const auto& owned : TRY(store::list_all_workspaces(*readers_.lend()))) {
      listed.push_back(render(owned.workspace));
      listed.back()["account"] = owned.account_name;
    }
    return http::json_response(200, {{"workspaces", std::move(listed)}});
  }
  for (const auto& workspace : TRY(store::list_workspaces(*readers_.lend(), grant.account, grant.app)))
    listed.push_back(render(workspace));
  return http::json_response(200, {{"workspaces", std::move(listed)}});
}

// The row first: from then on the name stands for another, empty workspace, whose folder is another one.
Result<http::Response> Workspaces::remove(const http::Request& request, const keys::Grant& grant) {
  if (!grant.reaches_all) TRY(http::check_params(request, {}));
  if (grant.reaches_all) TRY(http::check_params(request, {"account"}));
  const std::string& id = request.param("workspaceId");
  const std::string folder = TRY(writer_.commit([&](store::Transaction& transaction) -> Result<std::string> {
    store::Database& database = transaction.database();
    const std::string account = TRY(owner_of(database, request, grant));
    const auto workspace = TRY(store::find_workspace(database, account, id));
    if (!workspace) return Error{Code::kWorkspaceNotFound, "there is no such workspace in this account"};
    TRY(check_reach(database, grant, id));
    if (TRY(store::workspace_is_busy(database, account, id)))
      return Error{Code::kWorkspaceBusy,
                   "a run that uses this workspace is not finished: wait for its end, or cancel it"};
    TRY(store::remove_workspace(transaction, account, id));
    return workspace->folder;
  }));
  folders_.remove(folder);
  return http::json_response(200, {{"success", true}});
}

}   // namespace capid::api

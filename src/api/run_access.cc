// SPDX-License-Identifier: Apache-2.0
#include "api/run_access.h"

#include "api/auth.h"

namespace capid::api {
namespace {

Error no_such_run() { return {Code::kRunNotFound, "there is no such run in this account"}; }

}   // namespace

std::string url_app(const http::Request& request) {
  const auto found = request.params.find("appId");
  return found == request.params.end() ? "" : found->second;
}

Result<void> check_reach(const http::Request& request, const keys::Grant& grant, const std::string& account,
                         const std::string& app) {
  const std::string wanted = url_app(request);
  if ((account != grant.account && !grant.reaches_all) || (!wanted.empty() && app != wanted)) return no_such_run();
  return check_scope(grant, app);
}

Result<store::Run> find_run(store::Database& database, const http::Request& request, const keys::Grant& grant) {
  auto run = TRY(store::find_run(database, request.param("runId")));
  if (!run) return no_such_run();
  TRY(check_reach(request, grant, run->account, run->app));
  return std::move(*run);
}

Result<store::Thread> find_thread(store::Database& database, const http::Request& request, const keys::Grant& grant) {
  auto thread = TRY(store::find_thread(database, request.param("threadId")));
  if (!thread || (thread->account != grant.account && !grant.reaches_all))
    return Error{Code::kThreadNotFound, "there is no such thread in this account"};
  TRY(check_scope(grant, thread->app));
  return std::move(*thread);
}

}   // namespace capid::api

// SPDX-License-Identifier: Apache-2.0
#include "api/run_access.h"

#include "api/auth.h"

namespace capid::api {

std::string url_app(const Request& request) {
  const auto found = request.params.find("appId");
  return found == request.params.end() ? "" : found->second;
}

Result<store::Run> find_run(store::Database& database, const Request& request, const keys::Grant& grant) {
  const std::string app = url_app(request);
  auto run = TRY(store::find_run(database, request.param("runId")));
  if (!run || run->account != grant.account || (!app.empty() && run->app != app))
    return Error{Code::kRunNotFound, "there is no such run in this account"};
  TRY(check_scope(grant, run->app));
  return std::move(*run);
}

Result<store::Thread> find_thread(store::Database& database, const Request& request, const keys::Grant& grant) {
  auto thread = TRY(store::find_thread(database, request.param("threadId")));
  if (!thread || thread->account != grant.account)
    return Error{Code::kThreadNotFound, "there is no such thread in this account"};
  TRY(check_scope(grant, thread->app));
  return std::move(*thread);
}

}   // namespace capid::api

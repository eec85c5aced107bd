// SPDX-License-Identifier: Apache-2.0
#include "admin/runs.h"

#include <algorithm>

#include "admin/run_title.h"
#include "api/run_access.h"
#include "api/run_filter.h"
#include "base/log.h"
#include "base/text.h"
#include "http/params.h"
#include "runs/render.h"
#include "store/accounts.h"
#include "store/run_lists.h"

namespace capid::admin {
namespace {

constexpr double kMilli = 1e3;
constexpr int64_t kPage = 50, kLargestPage = 200;
constexpr int64_t kMostOfThread = 100;

OrderedJson render(const store::RunSummary& run) {
  return base::object({{"id", run.id},
                       {"status", store::to_string(run.status)},
                       {"threadId", base::or_null(run.thread)},
                       {"appId", run.app},
                       {"appName", run.app_name},
                       {"origin", run.origin},
                       {"apiKeyName", base::or_null(run.key_name)},
                       {"account", run.account_name},
                       {"title", title_of(run.inputs)},
                       {"errorCode", base::or_null(run.error_code)},
                       {"credits", base::micro_to_number(run.credits)},
                       {"wallSeconds", static_cast<double>(run.wall_ms) / kMilli},
                       {"createdAt", base::to_iso8601(run.created_at)},
                       {"startedAt", base::time_or_null(run.started_at)},
                       {"completedAt", base::time_or_null(run.completed_at)}});
}

Result<OrderedJson> summaries(store::Database& database, const std::vector<std::string>& ids) {
  OrderedJson listed = OrderedJson::array();
  for (const std::string& id : ids) {
    if (const auto run = TRY(store::summarize_run(database, id))) listed.push_back(render(*run));
  }
  return listed;
}

// Which accounts' runs are listed: an admin may name one, or sees them all.
Result<std::optional<std::string>> account_of(store::Database& database, const http::Request& request,
                                              const Visitor& visitor) {
  const auto name = http::text_param(request, "account");
  if (!visitor.session.is_admin) return std::optional(visitor.session.account);
  if (!name) return std::optional<std::string>{};
  const auto account = TRY(store::find_account_by_name(database, *name));
  if (!account) return Error{Code::kAccountNotFound, "there is no account named \"" + *name + "\"", "account"};
  return std::optional(account->id);
}

Result<store::RunFilter> filter_of(store::Database& database, const http::Request& request, const Visitor& visitor) {
  TRY(http::check_params(request, {"app", "status", "account", "key", "before", "limit"}));
  store::RunFilter filter{.account = TRY(account_of(database, request, visitor)),
                          .app = http::text_param(request, "app"),
                          .status = TRY(api::status_param(request))};
  filter.key = http::text_param(request, "key");
  filter.before = TRY(api::before_param(request));
  filter.limit =
      TRY(http::number_param(request, "limit", {.otherwise = kPage, .least = 1, .most = kLargestPage, .clamp = true}));
  return filter;
}

// And no repeat under an idempotency key.
bool is_new(const http::Response& accepted) {
  return std::none_of(accepted.headers.begin(), accepted.headers.end(),
                      [](const auto& header) { return header.first == "Idempotent-Replayed"; });
}

std::string id_in(const http::Response& accepted) { return Json::parse(accepted.body).at("id").get<std::string>(); }

}   // namespace

Result<http::Response> Runs::list(const http::Request& request, const Visitor& visitor) {
  auto database = readers_.lend();
  const store::ReadTransaction view(*database);
  const store::RunFilter filter = TRY(filter_of(*database, request, visitor));
  const auto ids = TRY(store::list_run_ids(*database, filter));
  const bool full = static_cast<int64_t>(ids.size()) == filter.limit;
  return http::json_response(200, {{"runs", TRY(summaries(*database, ids))},
                                   {"nextBefore", full ? OrderedJson(ids.back()) : OrderedJson(nullptr)}});
}

Result<http::Response> Runs::get(const http::Request& request, const Visitor& visitor) {
  TRY(http::check_params(request, {}));
  auto database = readers_.lend();
  const store::ReadTransaction view(*database);
  const store::Run run = TRY(api::find_run(*database, request, visitor.grant()));
  const auto summary = TRY(store::summarize_run(*database, run.id));
  CHECK(summary);   // the same view
  OrderedJson network = OrderedJson::array();
  if (const auto version = apps_.find(run.app, run.app_version)) {
    for (const net::AllowedHost& host : (*version)->manifest.network_allow) network.push_back(net::to_text(host));
  }
  const auto most = run.options.max_credits;
  return http::json_response(200,
                             {{"run", TRY(runs::render_run(*database, run, public_url_))},
                              {"title", title_of(run.inputs)},
                              {"apiKeyName", base::or_null(summary->key_name)},
                              {"account", summary->account_name},
                              {"maxCredits", most ? OrderedJson(base::micro_to_number(*most)) : OrderedJson(nullptr)},
                              {"network", std::move(network)}});
}

Result<http::Response> Runs::create(const http::Request& request, const Visitor& visitor) {
  http::Response response = TRY(runs_.create(request, visitor.grant()));
  if (is_new(response)) note(visitor, "run.start", id_in(response));
  return response;
}

Result<http::Response> Runs::replay(const http::Request& request, const Visitor& visitor) {
  http::Response response = TRY(runs_.replay(request, visitor.grant()));
  if (is_new(response)) note(visitor, "run.replay", request.param("runId") + " as " + id_in(response));
  return response;
}

Result<http::Response> Runs::cancel(const http::Request& request, const Visitor& visitor) {
  http::Response response = TRY(runs_.cancel(request, visitor.grant()));
  note(visitor, "run.cancel", request.param("runId"));
  return response;
}

// It is done by now: that it could not be written down is no failure of the request.
void Runs::note(const Visitor& visitor, const char* action, const std::string& target) {
  const auto noted = writer_.commit([&](store::Transaction& transaction) {
    return store::append_audit(transaction, visitor.actor(), action, target);
  });
  if (!noted)
    base::log::error("a change is missing in the audit log",
                     {{"action", action}, {"target", target}, {"error", noted.error().detail}});
}

Result<http::Response> Runs::thread(const http::Request& request, const Visitor& visitor) {
  TRY(http::check_params(request, {}));
  auto database = readers_.lend();
  const store::ReadTransaction view(*database);
  const store::Thread thread = TRY(api::find_thread(*database, request, visitor.grant()));
  const auto account = TRY(store::find_account(*database, thread.account));
  OrderedJson runs = TRY(summaries(*database, TRY(store::runs_of_thread(*database, thread.id, kMostOfThread))));
  const OrderedJson name = runs.empty() ? OrderedJson(thread.app) : runs.back()["appName"];
  return http::json_response(200, {{"id", thread.id},
                                   {"appId", thread.app},
                                   {"appName", name},
                                   {"account", account ? account->name : ""},
                                   {"createdAt", base::to_iso8601(thread.created_at)},
                                   {"runs", std::move(runs)}});
}

}   // namespace capid::admin

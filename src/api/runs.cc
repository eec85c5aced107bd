// SPDX-License-Identifier: Apache-2.0
#include "api/runs.h"

#include "api/auth.h"
#include "api/run_access.h"
#include "api/run_filter.h"
#include "api/run_request.h"
#include "base/log.h"
#include "http/params.h"
#include "http/preferences.h"
#include "runs/await.h"
#include "runs/render.h"

namespace capid::api {
namespace {

http::Response accepted_response(const runs::Accepted& accepted) {
  return http::json_response(
      202, {{"id", accepted.id}, {"status", "pending"}, {"appId", accepted.app}, {"appName", accepted.app_name}});
}

// Some clients send an empty object where nothing is asked for.
Result<void> check_empty_body(const http::Request& request) {
  constexpr size_t kMost = 256;
  const Error not_empty{Code::kInvalidParameter, "this call takes no body: it says everything in its address"};
  std::string body;
  TRY(request.read_body([&](std::string_view bytes) -> Result<void> {
    if (bytes.size() > kMost - body.size()) return not_empty;
    body.append(bytes);
    return {};
  }));
  if (body.empty()) return {};
  const auto json = base::parse_json(body);
  return json && *json == Json::object() ? Result<void>{} : Result<void>{not_empty};
}

// The run object as it stands in answers; that of a run that is over is kept for the next one who asks.
Result<std::string> render(store::Database& database, const store::Run& run, FinishedRuns& finished,
                           const std::string& public_url) {
  std::string json = base::dump(TRY(runs::render_run(database, run, public_url)));
  if (store::is_terminal(run.status)) finished.keep({run.id, run.account, run.app, json});
  return json;
}

http::Response run_response(const std::string& json) {
  http::Response response;
  response.body = json + "\n";
  return response;
}

// A page of runs, written as it is made: a hundred results of a megabyte are never in memory at once, and no reader is kept
// while a slow client takes them. What fits into the first piece, as most pages do, is of the same view as the list.
class RunPage {
 public:
  RunPage(store::Readers& readers, FinishedRuns& finished, std::string public_url, const store::RunFilter& filter)
      : readers_(readers), finished_(finished), public_url_(std::move(public_url)) {
    // What is kept may be newer than the view: a run that is over by now is no longer a running one.
    may_use_kept_ = !filter.status || store::is_terminal(*filter.status);
    end_ = "],\"limit\":" + std::to_string(filter.limit) + ",\"offset\":" + std::to_string(filter.offset) + "}\n";
  }

  Result<void> begin(store::Database& view, std::vector<std::string> ids) {
    ids_ = std::move(ids);
    piece_ = "{\"runs\":[";
    while (wants_more()) TRY(add_next(view));
    return {};
  }

  http::Streaming write_more(http::Sink& sink) {
    while (wants_more()) {
      if (auto added = add_next(*readers_.lend()); !added) return http::Streaming::kBroken;
    }
    const bool last = next_ == ids_.size();
    if (last) piece_ += end_;
    if (!sink.write(std::exchange(piece_, {}))) return http::Streaming::kBroken;
    return last ? http::Streaming::kEnd : http::Streaming::kMore;
  }

 private:
  bool wants_more() const {
    constexpr size_t kPiece = 256 << 10;
    return next_ < ids_.size() && piece_.size() < kPiece;
  }

  Result<void> add_next(store::Database& database) {
    const std::string& id = ids_[next_++];
    const auto known = may_use_kept_ ? finished_.find(id) : nullptr;
    if (known) {
      add(known->json);
    } else if (const auto run = TRY(store::find_run(database, id))) {
      add(TRY(render(database, *run, finished_, public_url_)));
    }
    return {};
  }

  void add(const std::string& json) {
    if (any_) piece_ += ',';
    any_ = true;
    piece_ += json;
  }

  store::Readers& readers_;
  FinishedRuns& finished_;
  std::string public_url_;
  bool may_use_kept_ = true;
  std::vector<std::string> ids_;
  size_t next_ = 0;
  bool any_ = false;
  std::string piece_;
  std::string end_;
};

}   // namespace

Result<http::Response> Runs::create(const http::Request& request, const keys::Grant& grant) {
  TRY(http::check_params(request, {}));
  const std::string app = url_app(request);
  TRY(parts_.submit.check_accepting());
  // Before a large body is read in vain. A repeat of what was accepted is answered whatever became of the app.
  if (!app.empty() && !request.idempotency_key) TRY(parts_.apps.current(app));
  runs::NewRun run = TRY(read_run_request(request, app, parts_.blobs));
  TRY(check_scope(grant, run.app));
  return answer(request, grant, TRY(parts_.submit(std::move(run), grant)));
}

Result<http::Response> Runs::replay(const http::Request& request, const keys::Grant& grant) {
  TRY(http::check_params(request, {}));
  std::optional<std::string> key;
  if (request.idempotency_key) key = TRY(http::parse_idempotency_key(*request.idempotency_key));
  TRY(check_empty_body(request));
  std::optional<store::Run> run;
  std::vector<store::RunFile> files;
  {
    auto database = parts_.readers.lend();
    const store::ReadTransaction view(*database);
    run = TRY(find_run(*database, request, grant));
    files = TRY(store::files_of_run(*database, run->id));
  }
  return answer(request, grant, TRY(parts_.submit.replay(*run, files, key, grant)));
}

// 202 at once, or, where the client would rather wait, the run itself as soon as it is over. What goes wrong in the wait
// does not take the 202 back: the run is accepted.
Result<http::Response> Runs::answer(const http::Request& request, const keys::Grant& grant,
                                    const runs::Accepted& accepted) {
  base::log::info(
      accepted.repeated ? "run asked for again" : "run accepted",
      {{"run", accepted.id}, {"app", accepted.app}, {"request", request.id}, {"key", grant.key.value_or("-")}});
  http::Response response = accepted_response(accepted);
  if (const auto wait = http::preferred_wait(request.prefer)) {
    if (auto ended = wait_for(accepted.id, *wait)) response = std::move(*ended);
    response.headers.emplace_back("Preference-Applied", "wait=" + std::to_string(wait->count()));
  }
  if (accepted.repeated) response.headers.emplace_back("Idempotent-Replayed", "true");
  response.headers.emplace_back("Location", public_url_ + "/api/v1/runs/" + accepted.id);
  return response;
}

// Nothing where the run is not over in time, or too many wait already.
std::optional<http::Response> Runs::wait_for(const std::string& id, std::chrono::seconds most) {
  constexpr int64_t kMostWaiters = 1'000;
  if (most.count() == 0 || waiters_ >= kMostWaiters) return std::nullopt;
  ++waiters_;
  const auto run = runs::await_end(id, most, parts_.readers, parts_.feed);
  --waiters_;
  if (!run || !store::is_terminal(run->status)) return std::nullopt;
  const auto rendered = runs::render_run(*parts_.readers.lend(), *run, public_url_);
  return rendered ? std::optional(http::json_response(200, *rendered)) : std::nullopt;
}

Result<http::Response> Runs::get(const http::Request& request, const keys::Grant& grant) {
  TRY(http::check_params(request, {}));
  if (const auto known = finished_.find(request.param("runId"))) {
    TRY(check_reach(request, grant, known->account, known->app));
    return run_response(known->json);
  }
  auto database = parts_.readers.lend();
  const store::ReadTransaction view(*database);
  const store::Run run = TRY(find_run(*database, request, grant));
  return run_response(TRY(render(*database, run, finished_, public_url_)));
}

Result<http::Response> Runs::list(const http::Request& request, const keys::Grant& grant) {
  const store::RunFilter filter = TRY(read_run_filter(request, grant));
  const auto page = std::make_shared<RunPage>(parts_.readers, finished_, public_url_, filter);
  {
    auto database = parts_.readers.lend();
    const store::ReadTransaction view(*database);
    TRY(page->begin(*database, TRY(store::list_run_ids(*database, filter))));
  }
  http::Response response;
  response.stream = [page](http::Sink& sink) { return page->write_more(sink); };
  return response;
}

Result<http::Response> Runs::cancel(const http::Request& request, const keys::Grant& grant) {
  TRY(http::check_params(request, {}));
  TRY(check_empty_body(request));
  const std::string run = TRY(find_run(*parts_.readers.lend(), request, grant)).id;
  TRY(parts_.cancel(run));
  return http::json_response(200, {{"success", true}});
}

}   // namespace capid::api

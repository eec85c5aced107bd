// SPDX-License-Identifier: Apache-2.0
#include "api/runs.h"

#include "api/auth.h"
#include "api/params.h"
#include "api/preferences.h"
#include "api/run_access.h"
#include "api/run_filter.h"
#include "api/run_request.h"
#include "base/text.h"
#include "runs/await.h"
#include "runs/render.h"

namespace capid::api {
namespace {

Response accepted_response(const runs::Accepted& accepted) {
  return json_response(
      202, {{"id", accepted.id}, {"status", "pending"}, {"appId", accepted.app}, {"appName", accepted.app_name}});
}

// Some clients send an empty object where nothing is asked for.
Result<void> check_empty_body(const Request& request) {
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

}   // namespace

Result<Response> Runs::create(const Request& request, const keys::Grant& grant) {
  TRY(check_params(request, {}));
  const std::string app = url_app(request);
  // Before a large body is read in vain. A repeat of what was accepted is answered whatever became of the app.
  if (!app.empty() && !request.idempotency_key) TRY(parts_.apps.current(app));
  runs::NewRun run = TRY(read_run_request(request, app, parts_.blobs));
  TRY(check_scope(grant, run.app));
  return answer(request, TRY(parts_.submit(std::move(run), grant)));
}

Result<Response> Runs::replay(const Request& request, const keys::Grant& grant) {
  TRY(check_params(request, {}));
  std::optional<std::string> key;
  if (request.idempotency_key) key = TRY(parse_idempotency_key(*request.idempotency_key));
  TRY(check_empty_body(request));
  std::optional<store::Run> run;
  std::vector<store::RunFile> files;
  {
    auto database = parts_.readers.lend();
    const store::ReadTransaction view(*database);
    run = TRY(find_run(*database, request, grant));
    files = TRY(store::files_of_run(*database, run->id));
  }
  return answer(request, TRY(parts_.submit.replay(*run, files, key, grant)));
}

// 202 at once, or, where the client would rather wait, the run itself as soon as it is over.
Result<Response> Runs::answer(const Request& request, const runs::Accepted& accepted) {
  Response response = accepted_response(accepted);
  const auto wait = preferred_wait(request.prefer);
  if (wait && wait->count() > 0) {
    const store::Run run = TRY(runs::await_end(accepted.id, *wait, parts_.readers, parts_.feed));
    if (store::is_terminal(run.status))
      response = json_response(200, TRY(runs::render_run(*parts_.readers.lend(), run, public_url_)));
  }
  if (wait) response.headers.emplace_back("Preference-Applied", "wait=" + std::to_string(wait->count()));
  if (accepted.repeated) response.headers.emplace_back("Idempotent-Replayed", "true");
  response.headers.emplace_back("Location", public_url_ + "/api/v1/runs/" + accepted.id);
  return response;
}

Result<Response> Runs::get(const Request& request, const keys::Grant& grant) {
  TRY(check_params(request, {}));
  auto database = parts_.readers.lend();
  const store::ReadTransaction view(*database);
  const store::Run run = TRY(find_run(*database, request, grant));
  return json_response(200, TRY(runs::render_run(*database, run, public_url_)));
}

// Rendered run by run: a page of large results is never held twice.
Result<Response> Runs::list(const Request& request, const keys::Grant& grant) {
  const store::RunFilter filter = TRY(read_run_filter(request, grant));
  auto database = parts_.readers.lend();
  const store::ReadTransaction view(*database);
  Response response;
  response.body = "{\"runs\":[";
  for (const std::string& id : TRY(store::list_run_ids(*database, filter))) {
    const auto run = TRY(store::find_run(*database, id));
    if (!run) continue;
    if (response.body.back() != '[') response.body += ',';
    response.body += base::dump(TRY(runs::render_run(*database, *run, public_url_)));
  }
  response.body +=
      "],\"limit\":" + std::to_string(filter.limit) + ",\"offset\":" + std::to_string(filter.offset) + "}\n";
  return response;
}

Result<Response> Runs::cancel(const Request& request, const keys::Grant& grant) {
  TRY(check_params(request, {}));
  TRY(check_empty_body(request));
  const std::string run = TRY(find_run(*parts_.readers.lend(), request, grant)).id;
  TRY(parts_.cancel(run));
  return json_response(200, {{"success", true}});
}

}   // namespace capid::api

// SPDX-License-Identifier: Apache-2.0
#include "api/runs.h"

#include <algorithm>
#include <array>

#include "api/auth.h"
#include "api/run_request.h"
#include "runs/render.h"
#include "store/artifacts.h"

namespace capid::api {
namespace {

std::string url_app(const Request& request) {
  const auto found = request.params.find("appId");
  return found == request.params.end() ? "" : found->second;
}

Error no_such_run() { return {Code::kRunNotFound, "there is no such run in this account"}; }

// RFC 6266 and 8187: an ASCII name for all, the true one for those who understand it.
std::string disposition(const store::Artifact& artifact) {
  constexpr std::array<std::string_view, 4> kInline{"image/png", "image/jpeg", "image/gif", "image/webp"};
  const bool shown = std::find(kInline.begin(), kInline.end(), artifact.type) != kInline.end();
  std::string plain, encoded;
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : artifact.filename) {
    const auto byte = static_cast<unsigned char>(c);
    const bool token =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
    plain += token || c == ' ' ? c : '_';
    encoded += token ? std::string(1, c) : std::string{'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return std::string(shown ? "inline" : "attachment") + "; filename=\"" + plain + "\"; filename*=UTF-8''" + encoded;
}

}   // namespace

Result<Response> Runs::create(const Request& request, const keys::Grant& grant) {
  const std::string app = url_app(request);
  if (!app.empty()) {
    TRY(check_scope(grant, app));
    TRY(apps_.current(app));   // before a large body is read in vain
  }
  runs::NewRun run = TRY(read_run_request(request, app, blobs_));
  TRY(check_scope(grant, run.app));
  const runs::Accepted accepted = TRY(submit_(std::move(run), grant));
  Response response = json_response(
      202, {{"id", accepted.id}, {"status", "pending"}, {"appId", accepted.app}, {"appName", accepted.app_name}});
  response.headers.emplace_back("Location", public_url_ + "/api/v1/runs/" + accepted.id);
  return response;
}

// Another account's run is not there at all; another app's, for a key of one app, is there and out of reach.
Result<store::Run> Runs::find(store::Database& database, const Request& request, const keys::Grant& grant) const {
  const std::string app = url_app(request);
  if (!app.empty()) TRY(check_scope(grant, app));
  auto run = TRY(store::find_run(database, request.param("runId")));
  if (!run || run->account != grant.account || (!app.empty() && run->app != app)) return no_such_run();
  TRY(check_scope(grant, run->app));
  return std::move(*run);
}

Result<Response> Runs::get(const Request& request, const keys::Grant& grant) {
  auto database = readers_.lend();
  const store::ReadTransaction view(*database);
  const store::Run run = TRY(find(*database, request, grant));
  return json_response(200, TRY(runs::render_run(*database, run, public_url_)));
}

Result<Response> Runs::list_artifacts(const Request& request, const keys::Grant& grant) {
  auto database = readers_.lend();
  const store::ReadTransaction view(*database);
  const store::Run run = TRY(find(*database, request, grant));
  OrderedJson artifacts = OrderedJson::array();
  for (const store::Artifact& artifact : TRY(store::artifacts_of_run(*database, run.id))) {
    artifacts.push_back(runs::render_artifact(artifact, public_url_));
  }
  return json_response(200, {{"artifacts", std::move(artifacts)}});
}

Result<Response> Runs::get_artifact(const Request& request, const keys::Grant& grant) {
  auto database = readers_.lend();
  const store::Run run = TRY(find(*database, request, grant));
  const auto artifact = TRY(store::find_artifact(*database, run.id, request.param("artifactId")));
  if (!artifact) return Error{Code::kArtifactNotFound, "this run has no such artifact"};
  Response response;
  response.content_type = artifact->type;
  response.file = FileBody{.path = blobs_.path(artifact->blob), .size = artifact->size};
  response.headers = {
      {"Content-Disposition", disposition(*artifact)},
      {"Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"}};
  return response;
}

}   // namespace capid::api

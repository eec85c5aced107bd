// SPDX-License-Identifier: Apache-2.0
#include "api/artifacts.h"

#include <algorithm>
#include <array>

#include "api/run_access.h"
#include "http/params.h"
#include "runs/render.h"
#include "store/artifacts.h"

namespace capid::api {
namespace {

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

Result<http::Response> Artifacts::list(const http::Request& request, const keys::Grant& grant) {
  TRY(http::check_params(request, {}));
  auto database = readers_.lend();
  const store::ReadTransaction view(*database);
  const store::Run run = TRY(find_run(*database, request, grant));
  OrderedJson artifacts = OrderedJson::array();
  for (const store::Artifact& artifact : TRY(store::artifacts_of_run(*database, run.id))) {
    artifacts.push_back(runs::render_artifact(artifact, public_url_));
  }
  return http::json_response(200, {{"artifacts", std::move(artifacts)}});
}

Result<http::Response> Artifacts::get(const http::Request& request, const keys::Grant& grant) {
  TRY(http::check_params(request, {}));
  auto database = readers_.lend();
  const store::Run run = TRY(find_run(*database, request, grant));
  const auto artifact = TRY(store::find_artifact(*database, run.id, request.param("artifactId")));
  if (!artifact) return Error{Code::kArtifactNotFound, "this run has no such artifact"};
  if (artifact->blob.empty())
    return Error{Code::kArtifactNotFound,
                 "the artifact is no longer kept: the server's retention has removed its bytes"};
  http::Response response;
  response.content_type = artifact->type;
  response.file = http::FileBody{.path = blobs_.path(artifact->blob), .size = artifact->size};
  response.headers = {
      {"Content-Disposition", disposition(*artifact)},
      {"Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"}};
  return response;
}

}   // namespace capid::api

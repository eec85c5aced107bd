// SPDX-License-Identifier: Apache-2.0
#include "admin/artifacts.h"

#include "http/params.h"

namespace capid::admin {
namespace {

bool is_document(const std::string& type) { return type == "image/svg+xml" || type.starts_with("text/html"); }

}   // namespace

Result<http::Response> Artifacts::get(const http::Request& request, const Visitor& visitor) {
  TRY(http::check_params(request, {"preview"}));
  const bool preview = http::text_param(request, "preview").has_value();
  http::Request plain = request;
  plain.query.clear();
  http::Response response = TRY(artifacts_.get(plain, visitor.grant()));
  if (!preview || !is_document(response.content_type)) return response;
  for (auto& [name, value] : response.headers) {
    if (name == "Content-Disposition") value = "inline";
    if (name == "Content-Security-Policy") value += "; frame-ancestors 'self'";
  }
  return response;
}

}   // namespace capid::admin

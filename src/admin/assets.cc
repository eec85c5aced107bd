// SPDX-License-Identifier: Apache-2.0
#include "admin/assets.h"

#include <algorithm>

namespace capid::admin {
namespace {

// Nothing but what this server itself gives; no script, style or form in a place that an agent's words could reach.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "frame-src "
    "'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

}   // namespace

Result<http::Response> get_page(const http::Request&) {
  http::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = index_page();
  response.cache_control = "no-cache";
  response.headers = {{"Content-Security-Policy", kPolicy},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cross-Origin-Opener-Policy", "same-origin"},
                      {"Cross-Origin-Resource-Policy", "same-origin"},
                      {"X-Frame-Options", "DENY"}};
  return response;
}

Result<http::Response> get_asset(const http::Request& request) {
  const auto all = assets();
  const auto asset =
      std::find_if(all.begin(), all.end(), [&](const Asset& each) { return each.name == request.param("name"); });
  if (asset == all.end()) return Error{Code::kRouteNotFound, "there is no such file: load the page anew"};
  if (request.accept_encoding.find("gzip") == std::string::npos)
    return Error{Code::kInvalidParameter, "this file is sent as gzip alone: say so in Accept-Encoding",
                 "Accept-Encoding"};
  http::Response response;
  response.content_type = asset->type;
  response.body = asset->bytes;
  response.cache_control = "public, max-age=31536000, immutable";
  response.headers = {
      {"Content-Encoding", "gzip"}, {"Vary", "Accept-Encoding"}, {"Cross-Origin-Resource-Policy", "same-origin"}};
  return response;
}

}   // namespace capid::admin

// SPDX-License-Identifier: Apache-2.0
// The API described in OpenAPI 3.1: the whole of it, and what concerns one app.
#pragma once

#include <string>

#include "apps/registry.h"
#include "http/message.h"
#include "keys/keys.h"

namespace capid::api {

class OpenApi {
 public:
  /// `public_url` is where clients reach capid; empty: where they got the description from.
  OpenApi(apps::Registry& apps, const std::string& public_url);

  /// GET /openapi.json
  [[nodiscard]] Result<http::Response> whole(const http::Request& request, const keys::Grant& grant);
  /// GET /apps/:appId/openapi.json: its calls alone, with its inputs spelled out
  [[nodiscard]] Result<http::Response> of_app(const http::Request& request, const keys::Grant& grant);

 private:
  apps::Registry& apps_;
  std::string public_url_;
  std::string whole_;
};

}   // namespace capid::api

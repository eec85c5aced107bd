// SPDX-License-Identifier: Apache-2.0
// Metrics over HTTP, in Prometheus's text format, for who operates the server.
#pragma once

#include <functional>
#include <vector>

#include "base/metrics.h"
#include "http/message.h"
#include "keys/keys.h"

namespace capid::api {

class Metrics {
 public:
  /// Adds what one part of the server counts.
  using Source = std::function<Result<void>(base::MetricsText& text)>;

  explicit Metrics(std::vector<Source> sources) : sources_(std::move(sources)) {}

  /// GET /metrics. Errors: kInvalidApiKey for a key of an account that is no admin's; kAppScopeRestricted.
  [[nodiscard]] Result<http::Response> get(const http::Request& request, const keys::Grant& grant);

 private:
  std::vector<Source> sources_;
};

}   // namespace capid::api

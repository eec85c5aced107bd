// SPDX-License-Identifier: Apache-2.0
// What is counted of requests, for who operates the server.
#pragma once

#include <array>
#include <memory>

#include "base/metrics.h"
#include "http/routes.h"

namespace capid::http {

class RequestMetrics {
 public:
  explicit RequestMetrics(const Routes& routes);

  /// `route` is one of the routes' own, or nothing for what none of them answered. A stream counts when it begins.
  void count(const Route* route, int status, double seconds);

  void write(base::MetricsText& text) const;

 private:
  static constexpr size_t kClasses = 6;   // by the status's first digit
  using Counts = std::array<base::Counter, kClasses>;

  const Routes& routes_;
  std::unique_ptr<Counts[]> counts_;   // one more than there are routes
  base::Histogram seconds_{{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 60}};
};

}   // namespace capid::http

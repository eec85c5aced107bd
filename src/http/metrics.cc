// SPDX-License-Identifier: Apache-2.0
#include "http/metrics.h"

#include <algorithm>

namespace capid::http {

RequestMetrics::RequestMetrics(const Routes& routes) : routes_(routes), counts_(new Counts[routes.all().size() + 1]) {}

void RequestMetrics::count(const Route* route, int status, double seconds) {
  const auto& all = routes_.all();
  const size_t index = route ? static_cast<size_t>(route - all.data()) : all.size();
  counts_[index][static_cast<size_t>(std::clamp(status / 100, 0, 5))].add();
  seconds_.observe(seconds);
}

// Only what has happened: a hundred routes with nothing to tell would be most of the text.
void RequestMetrics::write(base::MetricsText& text) const {
  const auto& all = routes_.all();
  text.family("capid_http_requests_total", "counter", "Requests, by route and the first digit of their status.");
  for (size_t i = 0; i <= all.size(); ++i) {
    for (size_t digit = 1; digit < kClasses; ++digit) {
      const uint64_t count = counts_[i][digit].value();
      const std::string status = std::to_string(digit) + "xx";
      if (count == 0) continue;
      text.sample({{"method", i < all.size() ? all[i].method : ""},
                   {"route", i < all.size() ? all[i].pattern : ""},
                   {"status", status}},
                  static_cast<double>(count));
    }
  }
  text.family("capid_http_request_duration_seconds", "histogram", "How long requests took to be answered.");
  text.samples(seconds_);
}

}   // namespace capid::http

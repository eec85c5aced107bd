// SPDX-License-Identifier: Apache-2.0
// The rate limit: so many requests in any sixty seconds, for each key.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "keys/keys.h"

namespace capid::api {

/// A sliding window. What is older than a minute does not count; what was refused never does. Exact to a tenth of a
/// second, so that a key with a large quota costs no more memory than 601 counters.
class RateLimit {
 public:
  static constexpr int64_t kWindowMs = 60'000;

  explicit RateLimit(int64_t requests_per_minute) : default_quota_(requests_per_minute) {}

  struct Admission {
    bool admitted = false;
    int64_t quota = 0;
    int64_t remaining = 0;
    int64_t reset_s = 0;   ///< until the oldest request that counts does so no more
  };

  /// Counts one request of a key. `now_ms` is of a clock that never jumps.
  [[nodiscard]] Admission admit(const keys::Grant& grant, int64_t now_ms);

 private:
  struct Window {
    std::deque<std::pair<int64_t, int64_t>> counts;   // slot of time → requests in it, oldest first
    int64_t total = 0;
  };

  void forget_old(Window& window, int64_t now_ms) const;
  void forget_idle(int64_t now_ms);

  const int64_t default_quota_;
  std::mutex mutex_;
  std::unordered_map<std::string, Window> windows_;   // by key
  int64_t swept_ms_ = 0;
};

/// RateLimit and RateLimit-Policy, as in the IETF's draft-ietf-httpapi-ratelimit-headers-10.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> rate_limit_headers(
    const RateLimit::Admission& admission);

}   // namespace capid::api

// SPDX-License-Identifier: Apache-2.0
#include "api/rate_limit.h"

#include <algorithm>

namespace capid::api {
namespace {

constexpr int64_t kSlotMs = 100;
constexpr int64_t kSecondMs = 1000;

}   // namespace

RateLimit::Admission RateLimit::admit(const keys::Grant& grant, int64_t now_ms) {
  std::lock_guard lock(mutex_);
  forget_idle(now_ms);
  Window& window = windows_[grant.key.value_or("")];
  forget_old(window, now_ms);
  const int64_t quota = grant.requests_per_minute.value_or(default_quota_);
  const bool admitted = window.total < quota;
  if (admitted) {
    const int64_t slot = now_ms / kSlotMs;
    if (window.counts.empty() || window.counts.back().first != slot) window.counts.emplace_back(slot, 0);
    ++window.counts.back().second;
    ++window.total;
  }
  const int64_t oldest_gone_ms = (window.counts.front().first + 1) * kSlotMs + kWindowMs;
  return {.admitted = admitted,
          .quota = quota,
          .remaining = std::max<int64_t>(quota - window.total, 0),
          .reset_s = std::max<int64_t>((oldest_gone_ms - now_ms + kSecondMs - 1) / kSecondMs, 1)};
}

// A slot counts until all of it is older than the window.
void RateLimit::forget_old(Window& window, int64_t now_ms) const {
  while (!window.counts.empty() && (window.counts.front().first + 1) * kSlotMs + kWindowMs <= now_ms) {
    window.total -= window.counts.front().second;
    window.counts.pop_front();
  }
}

void RateLimit::forget_idle(int64_t now_ms) {
  if (now_ms - swept_ms_ < kWindowMs) return;
  swept_ms_ = now_ms;
  for (auto& [key, window] : windows_) forget_old(window, now_ms);
  std::erase_if(windows_, [](const auto& entry) { return entry.second.total == 0; });
}

std::vector<std::pair<std::string, std::string>> rate_limit_headers(const RateLimit::Admission& admission) {
  return {
      {"RateLimit-Policy",
       "\"perkey\";q=" + std::to_string(admission.quota) + ";w=" + std::to_string(RateLimit::kWindowMs / kSecondMs)},
      {"RateLimit", "\"perkey\";r=" + std::to_string(admission.remaining) + ";t=" + std::to_string(admission.reset_s)}};
}

}   // namespace capid::api

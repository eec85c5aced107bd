// SPDX-License-Identifier: Apache-2.0
#include "webhooks/retry.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace capid::webhooks {
namespace {

using store::DeliveryStatus;

constexpr int64_t kGone = 410, kTooManyRequests = 429, kUnavailable = 503;
constexpr int64_t kSecondMs = 1000;

bool is_success(const Tried& tried) { return tried.end.http_status.value_or(0) / 100 == 2; }

}   // namespace

Next next_after(const RetryPolicy& policy, const store::TakenDelivery& taken, const Tried& tried, double jitter) {
  if (is_success(tried)) return {.status = DeliveryStatus::kDelivered};
  if (tried.end.http_status == kGone || taken.in_series > policy.retries) return {.status = DeliveryStatus::kFailed};
  const auto delay_ms = static_cast<double>(policy.base_ms << (taken.in_series - 1)) * (1 + jitter);
  return {.status = DeliveryStatus::kPending,
          .delay_ms = std::max(static_cast<int64_t>(std::llround(delay_ms)), tried.retry_after_ms)};
}

int64_t longest_delay_ms(const RetryPolicy& policy) {
  const auto last = static_cast<double>(policy.base_ms << std::max<int64_t>(policy.retries - 1, 0));
  return std::max(static_cast<int64_t>(std::llround(last * (1 + kMostJitter))), kMostRetryAfterMs);
}

int64_t retry_after_ms(int64_t http_status, std::string_view text) {
  if (http_status != kTooManyRequests && http_status != kUnavailable) return 0;
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return 0;
  constexpr int64_t kMost = kMostRetryAfterMs / kSecondMs;
  return std::min(base::to_integer(text).value_or(kMost), kMost) * kSecondMs;
}

}   // namespace capid::webhooks

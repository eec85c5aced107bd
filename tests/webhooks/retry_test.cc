// SPDX-License-Identifier: Apache-2.0
#include "webhooks/retry.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::webhooks;
using store::DeliveryStatus;

namespace {

Tried answered(int64_t status, int64_t retry_after_ms = 0) {
  return {.end = {.address = "203.0.113.1", .http_status = status, .error = {}}, .retry_after_ms = retry_after_ms};
}

const Tried kNoAnswer{.end = {.address = {}, .http_status = {}, .error = "nobody there"}};

Next next(const Tried& tried, int64_t in_series, double jitter = 0, RetryPolicy policy = {}) {
  return next_after(policy, {.in_series = in_series}, tried, jitter);
}

}   // namespace

TEST_CASE("which answers end a delivery, and which are tried again") {
  for (const int64_t status : {200, 201, 202, 204, 299})
    CHECK(next(answered(status), 4).status == DeliveryStatus::kDelivered);
  for (const int64_t status : {300, 301, 302, 304, 307, 308, 400, 401, 404, 409, 411, 429, 500, 503, 599, 600, 999}) {
    CHECK(next(answered(status), 1).status == DeliveryStatus::kPending);
    CHECK(next(answered(status), 4).status == DeliveryStatus::kFailed);
  }
  CHECK(next(answered(410), 1).status == DeliveryStatus::kFailed);
  CHECK(next(kNoAnswer, 1).status == DeliveryStatus::kPending);
  CHECK(next(kNoAnswer, 4).status == DeliveryStatus::kFailed);
}

TEST_CASE("retry n comes base * 2^(n-1) after the failure, up to a fifth later") {
  const int64_t expected[] = {2'000, 4'000, 8'000};
  for (int64_t n = 1; n <= 3; ++n) {
    CHECK(next(kNoAnswer, n).delay_ms == expected[n - 1]);
    CHECK(next(kNoAnswer, n, 0.2).delay_ms == expected[n - 1] * 12 / 10);
  }
  CHECK(next(kNoAnswer, 2, 0, {.retries = 3, .base_ms = 100}).delay_ms == 200);
  CHECK(next(kNoAnswer, 1, 0, {.retries = 0, .base_ms = 100}).status == DeliveryStatus::kFailed);
  CHECK(next(kNoAnswer, 2, 0, {.retries = 1, .base_ms = 100}).status == DeliveryStatus::kFailed);
}

TEST_CASE("a receiver's Retry-After is waited for where it is later") {
  CHECK(next(answered(503, 60'000), 1).delay_ms == 60'000);
  CHECK(next(answered(503, 1'000), 1).delay_ms == 2'000);
  CHECK(retry_after_ms(429, "7") == 7'000);
  CHECK(retry_after_ms(503, "0") == 0);
  for (const char* long_time : {"901", "999999999999", "99999999999999999999999"})
    CHECK(retry_after_ms(503, long_time) == kMostRetryAfterMs);
  CHECK(retry_after_ms(500, "7") == 0);
  for (const char* odd : {"", "-1", " 7", "7s", "Wed, 21 Oct 2026 07:28:00 GMT"}) CHECK(retry_after_ms(429, odd) == 0);
}

TEST_CASE("no retry is due later than the longest delay") {
  for (const int64_t base_ms : {100, 2'000, 86'400'000}) {
    const RetryPolicy policy{.retries = 3, .base_ms = base_ms};
    for (int64_t n = 1; n <= 3; ++n) {
      CHECK(next(answered(503, kMostRetryAfterMs), n, 0.2, policy).delay_ms <= longest_delay_ms(policy));
    }
  }
  CHECK(longest_delay_ms({.retries = 0, .base_ms = 2'000}) == kMostRetryAfterMs);
}

// SPDX-License-Identifier: Apache-2.0
// Whether and when a delivery is tried again.
#pragma once

#include <optional>
#include <string_view>

#include "store/deliveries.h"

namespace capid::webhooks {

/// The longest that a receiver's Retry-After is waited for.
inline constexpr int64_t kMostRetryAfterMs = 15 * 60'000;

/// How much later than its time a retry may come, so that what failed together does not come again together.
inline constexpr double kMostJitter = 0.2;

struct RetryPolicy {
  int64_t retries = 3;   ///< after the first try
  int64_t base_ms = 2'000;
};

/// What a try came to.
struct Tried {
  store::AttemptEnd end;
  int64_t retry_after_ms = 0;   ///< what the receiver asked for; 0: nothing
};

struct Next {
  store::DeliveryStatus status = store::DeliveryStatus::kFailed;   ///< kDelivered, kFailed or kPending
  int64_t delay_ms = 0;                                            ///< until the next try, where kPending
};

/// 2xx is delivered, 410 and the last try's failure end it; else retry n comes base * 2^(n-1) after the failure, later by
/// `jitter` (0 to kMostJitter) of that, or when the receiver's Retry-After says, where that is later still.
[[nodiscard]] Next next_after(const RetryPolicy& policy, const store::TakenDelivery& taken, const Tried& tried,
                              double jitter);

/// The latest that any retry may be due, from now: what is due later was written by a clock that has been set back.
[[nodiscard]] int64_t longest_delay_ms(const RetryPolicy& policy);

/// A Retry-After of seconds, within kMostRetryAfterMs; 0 for anything else. A date is not waited for: it hangs on two
/// clocks.
[[nodiscard]] int64_t retry_after_ms(int64_t http_status, std::string_view text);

}   // namespace capid::webhooks

// SPDX-License-Identifier: Apache-2.0
#include "runs/idempotency.h"

#include <algorithm>

#include "base/log.h"

namespace capid::runs {
namespace {

// Few enough that nobody's commit waits for them.
constexpr int64_t kForgottenAtOnce = 500;

}   // namespace

// Held first, looked up second: a request that commits in between is then seen by the look-up.
Result<Idempotency::Use> Idempotency::begin(const store::IdempotencyKey& key, const std::string& fingerprint) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = held_.insert(name(key)).second;
  }
  std::optional<Hold> hold;
  if (first) hold.emplace(*this, key);
  auto earlier = TRY(find(key, fingerprint));
  if (earlier) return Use{.hold = std::nullopt, .earlier = std::move(earlier)};
  if (first) return Use{.hold = std::move(hold), .earlier = std::nullopt};
  return Error{Code::kIdempotencyInProgress,
               "a request with this Idempotency-Key is being accepted: try again in a moment", "Idempotency-Key"};
}

Result<std::optional<store::KeptAcceptance>> Idempotency::find(const store::IdempotencyKey& key,
                                                               const std::string& fingerprint) const {
  auto kept = TRY(store::find_acceptance(*readers_.lend(), key, kept_since()));
  if (!kept || kept->fingerprint == fingerprint) return kept;
  return Error{Code::kIdempotencyKeyReused,
               "this Idempotency-Key was used for another request within a day: use a new key for each request",
               "Idempotency-Key"};
}

// A clock that is set forward makes nothing a day older: it may have been wrong until then.
base::TimeMs Idempotency::kept_since() const {
  return std::min(clock_.now_ms(), boot_ + clock_.elapsed_ms()) - kKeptMs;
}

void Idempotency::release(const store::IdempotencyKey& key) {
  std::lock_guard lock(mutex_);
  held_.erase(name(key));
}

void Idempotency::forget_old(store::Writer& writer) const {
  writer.submit(
      [since = kept_since()](store::Transaction& transaction) -> Result<void> {
        TRY(store::forget_acceptances(transaction, since, kForgottenAtOnce));
        return {};
      },
      [](const Result<void>& durable) {
        if (!durable) base::log::warn("old idempotency keys were not removed", {{"error", durable.error().detail}});
      });
}

}   // namespace capid::runs

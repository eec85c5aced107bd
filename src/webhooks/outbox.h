// SPDX-License-Identifier: Apache-2.0
// The outbox: sends what stands in the store as pending, each delivery on its own, until it arrived or its tries are used
// up. What is to be sent, and when, is in the store alone, so that no restart loses a delivery or adds a try.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "net/address_guard.h"
#include "store/readers.h"
#include "store/writer.h"
#include "webhooks/budget.h"
#include "webhooks/metrics.h"
#include "webhooks/retry.h"
#include "webhooks/secrets.h"

namespace capid::webhooks {

class Outbox {
 public:
  struct Options {
    std::string node;
    RetryPolicy retry;
    int64_t timeout_ms = 15'000;   ///< all that one try may take
    Budget::Limits limits;
  };

  /// All of these outlive it. `readers` are its own: what it reads takes no time, but must not wait for others.
  Outbox(Options options, const net::AddressGuard& guard, const Secrets& secrets, store::Writer& writer,
         store::Readers& readers, const base::Clock& clock);
  ~Outbox();

  /// Ends the tries that an earlier server of this node was cut off in: they count. Call it once, before start.
  [[nodiscard]] Result<void> recover();

  /// Begins to send, on a thread of its own.
  void start();

  /// Something new is in the store. Callable from any thread; costs next to nothing.
  void wake();

  /// Begins no more tries, waits up to `grace` for those on their way, and ends the rest, which the next start counts.
  void stop(std::chrono::milliseconds grace);

  [[nodiscard]] const Metrics& metrics() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}   // namespace capid::webhooks

// SPDX-License-Identifier: Apache-2.0
// One try: finds the receiver's addresses, has them judged, signs, and posts to one of those very addresses.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/event_loop.h"
#include "base/worker_pool.h"
#include "net/address_guard.h"
#include "net/exchange.h"
#include "net/target.h"
#include "webhooks/retry.h"
#include "webhooks/secrets.h"
#include "webhooks/shared_lookup.h"

namespace capid::webhooks {

/// What is sent.
struct Letter {
  std::string id;   ///< the `webhook-id`
  std::string url;
  std::shared_ptr<const std::string> body;
  std::vector<Secret> secrets;   ///< each signs
};

class Sender {
 public:
  using Done = std::function<void(Tried)>;

  /// `timeout` is all that a try may take. Everything happens on the loop's thread, but that `workers` read certificates;
  /// they end before the loop. All of these outlive the sender.
  Sender(std::chrono::milliseconds timeout, const net::AddressGuard& guard, const base::Clock& clock,
         base::EventLoop& loop, base::WorkerPool& workers)
      : timeout_(timeout), guard_(guard), clock_(clock), loop_(loop), trust_(workers), lookup_(loop) {}

  /// Calls `done` once, on the loop's thread. Call it there.
  void send(Letter letter, Done done);

 private:
  void post(const Letter& letter, const net::Target& target, const net::Found& found,
            std::chrono::steady_clock::time_point deadline, const Done& done);

  std::chrono::milliseconds timeout_;
  const net::AddressGuard& guard_;
  const base::Clock& clock_;
  base::EventLoop& loop_;
  net::TlsTrust trust_;
  SharedLookup lookup_;
};

}   // namespace capid::webhooks

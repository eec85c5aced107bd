// SPDX-License-Identifier: Apache-2.0
// A provider's connections that wait for the next call: a new one costs a look-up and two or three journeys to the provider.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "gateway/upstream.h"

namespace capid::gateway {

/// Lives on the loop's thread.
class UpstreamPool {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  UpstreamPool(base::EventLoop& loop, const net::TlsTrust& trust) : loop_(loop), trust_(trust) {}

  /// One that is connected, else a new one.
  [[nodiscard]] std::unique_ptr<Upstream> take();

  /// Kept for a moment where another call can follow, else closed.
  void give_back(std::unique_ptr<Upstream> upstream);

  /// Closes those that have waited for too long. Called now and then.
  void check(TimePoint now);

  void clear() { idle_.clear(); }

 private:
  struct Idle {
    std::unique_ptr<Upstream> upstream;
    TimePoint until;
  };

  base::EventLoop& loop_;
  const net::TlsTrust& trust_;
  std::vector<Idle> idle_;   // the newest one last
};

}   // namespace capid::gateway

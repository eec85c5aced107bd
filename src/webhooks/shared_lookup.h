// SPDX-License-Identifier: Apache-2.0
// Look-ups of hosts, shared: a thousand tries that begin at once ask the name server once.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "net/lookup.h"

namespace capid::webhooks {

class SharedLookup {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Look = std::function<void(const net::Found& found)>;

  /// `loop` outlives it, and everything happens on its thread.
  explicit SharedLookup(base::EventLoop& loop) : loop_(loop) {}

  /// Calls `look` once, by `deadline` or a moment later. Deadlines of one host's callers grow. Call it on the loop's thread.
  void find(const std::string& host, TimePoint deadline, Look look);

 private:
  struct Asker {
    TimePoint deadline;
    Look look;
  };

  void ask(const std::string& host, TimePoint deadline);
  void tell(const std::string& host, TimePoint deadline, const net::Found& found);

  base::EventLoop& loop_;
  std::map<std::string, std::vector<Asker>> askers_;   // by the host that is being looked up, the first one first
};

}   // namespace capid::webhooks

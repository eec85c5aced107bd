// SPDX-License-Identifier: Apache-2.0
// What a run did on the network, on its way into the thread: bounded, since an agent can make connections without end.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "egress/site.h"
#include "threads/threads.h"

namespace capid::runs {

/// Callable from any thread.
class NetworkLog {
 public:
  /// The first 1,000 of a run are told of, the others counted.
  void add(const egress::Visit& visit);

  /// What was not taken yet.
  [[nodiscard]] std::vector<threads::Connection> take();

  [[nodiscard]] int64_t left_out() const;

 private:
  mutable std::mutex mutex_;
  std::vector<threads::Connection> waiting_;
  int64_t told_ = 0;
  int64_t left_out_ = 0;
};

}   // namespace capid::runs

// SPDX-License-Identifier: Apache-2.0
// A sleep that somebody else can end.
#pragma once

#include <chrono>
#include <memory>

#include "base/event_loop.h"
#include "base/task.h"

namespace capid::gateway {

/// Lives on an event loop's thread, and has one sleeper at a time.
class Pause {
 public:
  explicit Pause(base::EventLoop& loop);
  ~Pause();

  /// Returns after `time`, or soon after end().
  [[nodiscard]] base::Task<void> sleep(std::chrono::milliseconds time);

  void end();

 private:
  struct Timer;
  std::unique_ptr<Timer> timer_;
};

}   // namespace capid::gateway

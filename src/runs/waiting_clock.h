// SPDX-License-Identifier: Apache-2.0
// The clock by which runs wait for their start: it goes on as it was until whoever keeps it takes over that the machine's was set.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace capid::runs {

/// A run's time to begin is kept as a moment. One that was reckoned by this clock is compared with this clock, so that nothing is too
/// early or too late between the machine's being set and the moments' being moved with it. May be asked from any thread.
class WaitingClock {
 public:
  explicit WaitingClock(const base::Clock& clock) : clock_(clock), boot_(machines_boot()) {}

  [[nodiscard]] base::TimeMs now_ms() const { return clock_.elapsed_ms() + boot_; }

  /// By how much the machine's clock was set forward since; negative: back.
  [[nodiscard]] base::TimeMs behind_ms() const { return machines_boot() - boot_; }
  void set_forward(base::TimeMs by) { boot_ += by; }

 private:
  [[nodiscard]] base::TimeMs machines_boot() const { return clock_.now_ms() - clock_.elapsed_ms(); }

  const base::Clock& clock_;
  std::atomic<base::TimeMs> boot_;
};

}   // namespace capid::runs

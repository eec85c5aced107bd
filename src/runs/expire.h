// SPDX-License-Identifier: Apache-2.0
// Expiry: ends runs that have waited for their start longer than their request allowed.
#pragma once

#include <mutex>

#include "base/clock.h"
#include "runs/queue.h"
#include "runs/settle.h"
#include "store/readers.h"
#include "store/writer.h"

namespace capid::runs {

class Expiry {
 public:
  Expiry(Queue& queue, store::Writer& writer, store::Readers& readers, const base::Clock& clock, const Settle& settle);

  /// Ends what is due now. A clock that was set since the last call has let no time pass: what waits may wait as much longer as it
  /// still might. Blocks on the disk; meant to be called every second or so.
  void end_due();

 private:
  [[nodiscard]] base::TimeMs boot_time() const { return clock_.now_ms() - clock_.elapsed_ms(); }
  [[nodiscard]] Result<void> follow_clock();
  [[nodiscard]] Result<void> end_all();
  [[nodiscard]] Result<void> end(const store::UnfinishedRun& run);

  Queue& queue_;
  store::Writer& writer_;
  store::Readers& readers_;
  const base::Clock& clock_;
  const Settle& settle_;
  std::mutex one_at_a_time_;
  base::TimeMs boot_time_;
};

}   // namespace capid::runs

// SPDX-License-Identifier: Apache-2.0
// Expiry: ends runs that have waited for their start longer than their request allowed.
#pragma once

#include <functional>
#include <mutex>

#include "runs/queue.h"
#include "runs/settle.h"
#include "runs/waiting_clock.h"
#include "store/readers.h"
#include "store/writer.h"

namespace capid::runs {

class Expiry {
 public:
  /// `wake` is called after each end, to start what may start.
  Expiry(Queue& queue, store::Writer& writer, store::Readers& readers, WaitingClock& clock, const Settle& settle,
         std::function<void()> wake);

  /// Ends what is due now. A clock that was set since the last call has let no time pass: what waits may wait as much longer as it
  /// still might. Blocks on the disk; meant to be called every second or so.
  void end_due();

 private:
  [[nodiscard]] Result<void> follow_clock();
  [[nodiscard]] Result<void> end_all();
  [[nodiscard]] Result<void> end(const store::UnfinishedRun& run);

  Queue& queue_;
  store::Writer& writer_;
  store::Readers& readers_;
  WaitingClock& clock_;
  const Settle& settle_;
  std::function<void()> wake_;
  std::mutex one_at_a_time_;
};

}   // namespace capid::runs

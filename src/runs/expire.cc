// SPDX-License-Identifier: Apache-2.0
#include "runs/expire.h"

#include <cstdlib>

#include "base/log.h"

namespace capid::runs {
namespace {

constexpr int64_t kAtOnce = 500;
constexpr base::TimeMs kSetMs = 5'000;   // less is a clock that is steered, or this thread's being late

}   // namespace

Expiry::Expiry(Queue& queue, store::Writer& writer, store::Readers& readers, WaitingClock& clock, const Settle& settle,
               std::function<void()> wake)
    : queue_(queue), writer_(writer), readers_(readers), clock_(clock), settle_(settle), wake_(std::move(wake)) {}

// What could not be written now is due at the next call as well.
void Expiry::end_due() {
  const std::unique_lock lock(one_at_a_time_, std::try_to_lock);
  if (!lock) return;
  auto done = follow_clock();
  if (done) done = end_all();
  if (!done)
    base::log::error("runs that are due could not be expired; it is tried again", {{"error", done.error().detail}});
}

// The clock is set where the moments are moved: on the writer's thread, on which the moments of new runs are reckoned as well. What
// is little is followed too, with no moment moved.
Result<void> Expiry::follow_clock() {
  const base::TimeMs by = clock_.behind_ms();
  if (std::abs(by) < kSetMs) {
    clock_.set_forward(by);
    return {};
  }
  bool is_set = false;
  const auto moved = writer_.commit([&](store::Transaction& transaction) -> Result<int64_t> {
    const int64_t runs = TRY(store::postpone_expiry(transaction, by));
    if (!is_set) clock_.set_forward(by);
    is_set = true;
    return runs;
  });
  if (!moved) {
    if (is_set) clock_.set_forward(-by);
    return moved.error();
  }
  base::log::warn("the clock was set; runs that wait for their start keep the time they had left",
                  {{"by_seconds", std::to_string(by / 1'000)}, {"runs", std::to_string(*moved)}});
  return {};
}

Result<void> Expiry::end_all() {
  const auto due = TRY(store::expired_runs(*readers_.lend(), clock_.now_ms(), kAtOnce));
  for (const store::UnfinishedRun& run : due) TRY(end(run));
  return {};
}

Result<void> Expiry::end(const store::UnfinishedRun& run) {
  const bool ended = TRY(
      writer_.commit([&](store::Transaction& transaction) { return settle_.unstarted(transaction, run, expired()); }));
  if (!ended) return {};
  queue_.remove({.id = run.id, .app = run.app, .workspace = lane_of(run.account, run.workspace)});
  settle_.announce(run.id, store::RunStatus::kFailed);
  wake_();   // who stood behind it may be free to start
  return {};
}

}   // namespace capid::runs

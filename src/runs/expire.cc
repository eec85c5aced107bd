// SPDX-License-Identifier: Apache-2.0
#include "runs/expire.h"

#include "base/log.h"

namespace capid::runs {
namespace {

constexpr int64_t kAtOnce = 500;

Result<void> expire(const store::UnfinishedRun& run, Queue& queue, store::Writer& writer, const Settle& settle) {
  const bool ended = TRY(
      writer.commit([&](store::Transaction& transaction) { return settle.unstarted(transaction, run, expired()); }));
  if (!ended) return {};
  queue.remove({.id = run.id, .app = run.app, .workspace = lane_of(run.account, run.workspace)});
  settle.announce(run.id, store::RunStatus::kFailed);
  return {};
}

Result<void> expire_all(Queue& queue, store::Writer& writer, store::Readers& readers, const base::Clock& clock,
                        const Settle& settle) {
  const auto due = TRY(store::expired_runs(*readers.lend(), clock.now_ms(), kAtOnce));
  for (const store::UnfinishedRun& run : due) TRY(expire(run, queue, writer, settle));
  return {};
}

}   // namespace

// What could not be written now is due at the next call as well.
void expire_due(Queue& queue, store::Writer& writer, store::Readers& readers, const base::Clock& clock,
                const Settle& settle) {
  const auto done = expire_all(queue, writer, readers, clock, settle);
  if (!done)
    base::log::error("runs that are due could not be expired; it is tried again", {{"error", done.error().detail}});
}

}   // namespace capid::runs

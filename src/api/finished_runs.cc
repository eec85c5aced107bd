// SPDX-License-Identifier: Apache-2.0
#include "api/finished_runs.h"

namespace capid::api {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMostBytes = 4 << 20;
constexpr size_t kLargest = 32 << 10;   // a larger one is rare, and would take the place of a hundred others
constexpr auto kKept = 10s;

size_t size_of(const FinishedRun& run) { return run.json.size() + 256; }

}   // namespace

std::shared_ptr<const FinishedRun> FinishedRuns::find(const std::string& id) {
  std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  const auto entry = found->second;
  if (entry->until < Clock::now()) {
    forget(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->run;
}

void FinishedRuns::keep(FinishedRun run) {
  if (run.json.size() > kLargest) return;
  const auto kept = std::make_shared<const FinishedRun>(std::move(run));
  std::lock_guard lock(mutex_);
  if (const auto found = by_id_.find(kept->id); found != by_id_.end()) forget(found->second);
  bytes_ += size_of(*kept);
  entries_.push_front({kept, Clock::now() + kKept});
  by_id_[kept->id] = entries_.begin();
  while (bytes_ > kMostBytes) forget(std::prev(entries_.end()));
}

void FinishedRuns::forget(Entries::iterator entry) {
  bytes_ -= size_of(*entry->run);
  by_id_.erase(entry->run->id);
  entries_.erase(entry);
}

}   // namespace capid::api

// SPDX-License-Identifier: Apache-2.0
#include "runs/retention.h"

#include <algorithm>

#include "base/log.h"
#include "store/moments.h"
#include "store/removal.h"

namespace capid::runs {
namespace {

using namespace std::chrono_literals;

constexpr int64_t kEventsAtOnce = 2'000, kRunsAtOnce = 20, kRecordsAtOnce = 200, kBlobsAtOnce = 200;
constexpr auto kBetweenSteps = 20ms;
constexpr auto kFirst = 5s;   // after the start, which has better to do
constexpr std::chrono::milliseconds kMostOften = 1s, kLeastOften = 60s;
constexpr int64_t kJumpMs = 86'400'000;
constexpr auto kDoubt = 1h;

int64_t ms_since(std::chrono::steady_clock::time_point moment) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - moment).count();
}

int64_t shortest(const Retention::Options& options) {
  int64_t least = std::min(options.deliveries_ms, options.audit_ms);
  const auto look = [&](const Retention::Kept& kept) {
    for (const auto& age : {std::optional(kept.runs_ms), kept.files_ms, kept.artifacts_ms, kept.events_ms})
      if (age) least = std::min(least, *age);
  };
  look(options.all);
  for (const auto& [app, kept] : options.apps) look(kept);
  return least;
}

}   // namespace

Retention::Retention(Options options, store::Writer& writer, store::Readers& readers, const base::Clock& clock,
                     const files::Blobs& blobs, apps::Registry& apps)
    : options_(std::move(options)),
      writer_(writer),
      readers_(readers),
      clock_(clock),
      blobs_(blobs),
      apps_(apps),
      every_(std::clamp(std::chrono::milliseconds(shortest(options_) / 4), kMostOften, kLeastOften)) {}

void Retention::start() {
  thread_ = std::thread([this] { work(); });
}

void Retention::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Retention::work() {
  if (!pause(std::min<std::chrono::milliseconds>(kFirst, every_))) return;
  do {
    const auto done = pass();
    if (!done && done.error().code != Code::kShuttingDown)
      base::log::error("what is old could not be removed; it is tried again",
                       {{"error", done.error().message}, {"detail", done.error().detail}});
  } while (pause(every_));
}

// False: the server stops.
bool Retention::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, time, [this] { return stopping_; });
}

Result<void> Retention::pass() {
  TRY(remove_blobs());   // also what an earlier server, or a backup, left to do
  TRY(shrink_all());
  if (const auto now = TRY(believed_time())) {
    for (const std::string& app : TRY(store::apps_with_versions(*readers_.lend()))) TRY(look_at_app(app, *now));
    TRY(remove_old_records(*now));
  }
  apps_.remove_unused_versions();
  return remove_blobs();
}

// Nothing while the clock is doubted: a machine whose clock starts wrong, and is set right a moment later, must not find
// everything old.
Result<std::optional<base::TimeMs>> Retention::believed_time() {
  const base::TimeMs now = clock_.now_ms();
  if (!believed_) {
    believed_ = TRY(store::find_moment(*readers_.lend(), store::kRetentionTime)).value_or(now);
    believed_at_ = Steady::now();
  }
  if (now - *believed_ - ms_since(believed_at_) > kJumpMs) {
    if (!doubted_since_) {
      doubted_since_ = Steady::now();
      base::log::warn("the clock is days ahead of what it was; for an hour nothing is removed for its age",
                      {{"was", base::to_iso8601(*believed_)}, {"is", base::to_iso8601(now)}});
    }
    if (Steady::now() - *doubted_since_ < kDoubt) return std::optional<base::TimeMs>{};
  }
  doubted_since_.reset();
  believed_ = now;
  believed_at_ = Steady::now();
  TRY(writer_.commit(
      [&](store::Transaction& transaction) { return store::note_moment(transaction, store::kRetentionTime, now); }));
  return std::optional(now);
}

Result<void> Retention::look_at_app(const std::string& app, base::TimeMs now) {
  const Kept& mine = kept(app);
  TRY(remove_old_runs(app, now - mine.runs_ms));
  using store::Hanging;
  for (const auto& [kind, age] : {std::pair(Hanging::kFiles, mine.files_ms),
                                  {Hanging::kArtifacts, mine.artifacts_ms},
                                  {Hanging::kEvents, mine.events_ms}})
    if (age && *age < mine.runs_ms) TRY(strip(app, kind, now - *age));
  return remove_blobs();
}

// Whatever the clock says.
Result<void> Retention::shrink_all() {
  for (const auto& [app, kept] : options_.apps) TRY(shrink_to(app, kept.bytes));
  return shrink_to(std::nullopt, options_.all.bytes);
}

Result<void> Retention::strip(const std::string& app, store::Hanging kind, base::TimeMs before) {
  for (std::string last;;) {
    const auto runs = TRY(
        store::ended_runs(*readers_.lend(), kind, {.app = app, .before = before, .after = last, .limit = kRunsAtOnce}));
    if (runs.empty()) return {};
    const bool done = TRY(writer_.commit([&](store::Transaction& transaction) -> Result<bool> {
      int64_t budget = kEventsAtOnce;
      for (const std::string& run : runs) {
        if (kind == store::Hanging::kFiles) TRY(store::remove_bytes_of_files(transaction, run));
        if (kind == store::Hanging::kArtifacts) TRY(store::remove_bytes_of_artifacts(transaction, run));
        if (kind == store::Hanging::kEvents && !TRY(store::remove_events(transaction, run, budget))) return false;
      }
      return true;
    }));
    if (done) last = runs.back();
    if (!pause(kBetweenSteps)) return Error{Code::kShuttingDown, "capid is shutting down"};
  }
}

Result<void> Retention::remove_old_runs(const std::string& app, base::TimeMs before) {
  for (;;) {
    const auto runs =
        TRY(store::removable_runs(*readers_.lend(), {.app = app, .before = before, .after = "", .limit = kRunsAtOnce}));
    if (runs.empty()) return {};
    TRY(remove_runs(runs));
  }
}

// The oldest runs go until the rest is little enough.
Result<void> Retention::shrink_to(const std::optional<std::string>& app, std::optional<int64_t> bytes) {
  if (!bytes) return {};
  for (;;) {
    int64_t excess = TRY(store::stored_bytes(*readers_.lend(), app)) - *bytes;
    if (excess <= 0) return {};
    std::vector<std::string> runs;
    for (const store::SizedRun& run : TRY(store::oldest_removable_runs(*readers_.lend(), app, kRunsAtOnce))) {
      if (excess <= 0) break;
      excess -= run.bytes;
      runs.push_back(run.id);
    }
    if (runs.empty()) return {};
    TRY(remove_runs(runs));
  }
}

Result<void> Retention::remove_runs(const std::vector<std::string>& runs) {
  TRY(writer_.commit([&](store::Transaction& transaction) -> Result<void> {
    int64_t budget = kEventsAtOnce;
    for (const std::string& run : runs)
      if (!TRY(store::remove_run(transaction, run, budget))) break;   // the rest comes with the next step
    return {};
  }));
  if (!pause(kBetweenSteps)) return Error{Code::kShuttingDown, "capid is shutting down"};
  return {};
}

Result<void> Retention::remove_old_records(base::TimeMs now) {
  for (const auto& [remove, age] :
       {std::pair(&store::remove_deliveries, options_.deliveries_ms), {&store::remove_audit, options_.audit_ms}}) {
    while (TRY(writer_.commit([&, remove = remove, age = age](store::Transaction& transaction) {
             return remove(transaction, now - age, kRecordsAtOnce);
           })) == kRecordsAtOnce)
      if (!pause(kBetweenSteps)) return Error{Code::kShuttingDown, "capid is shutting down"};
  }
  return {};
}

// From the disk first, then from the list: what a crash leaves between the two is done again.
Result<void> Retention::remove_blobs() {
  for (;;) {
    const auto names = TRY(writer_.commit(
        [](store::Transaction& transaction) { return store::removed_blobs(transaction, kBlobsAtOnce); }));
    if (names.empty()) return {};
    TRY(blobs_.remove_durably(names));
    TRY(writer_.commit([&](store::Transaction& transaction) -> Result<void> {
      for (const std::string& name : names) TRY(store::forget_removed_blob(transaction, name));
      return {};
    }));
    if (!pause(kBetweenSteps)) return Error{Code::kShuttingDown, "capid is shutting down"};
  }
}

const Retention::Kept& Retention::kept(const std::string& app) const {
  const auto own = options_.apps.find(app);
  return own == options_.apps.end() ? options_.all : own->second;
}

}   // namespace capid::runs

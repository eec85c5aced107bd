// SPDX-License-Identifier: Apache-2.0
#include "store/writer.h"

#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"

namespace capid::store {
namespace {

// Bounds how long the first job of a batch waits for the last.
constexpr size_t kMaxBatch = 512;
constexpr int kBusyRetries = 30;
// How many batches have a savepoint for each job after one in which a job failed.
constexpr int kCarefulBatches = 32;

Error unavailable(const Error& cause) {
  return {Code::kStoreUnavailable,
          "the database could not make this durable; nothing was kept: try again",
          {},
          cause.detail};
}

// The log has the commit already: who reads it anew finds it, if the disk has it.
Error in_doubt(const Error& cause) {
  return {Code::kStoreUnavailable,
          "the disk failed while this was made durable; whether it was kept shows when capid is restarted: send it "
          "again then, with the same Idempotency-Key",
          {},
          cause.detail};
}

bool is_failed_sync(int code) { return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC; }
bool is_busy(int code) { return (code & 0xff) == SQLITE_BUSY; }

}   // namespace

struct Writer::State {
  struct Waiting {
    Job job;
    Done done;
    std::optional<Error> failure = {};
  };

  Database database;
  const base::Clock& clock;
  base::IdSequence ids;
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<Waiting> waiting;
  bool stopping = false;
  std::atomic<bool> poisoned = false;
  int careful_batches = 0;   // only the writer's thread looks at this
  Metrics metrics;
  std::thread thread;

  State(Database opened, const base::Clock& its_clock)
      : database(std::move(opened)), clock(its_clock), ids(its_clock) {}

  std::vector<Waiting> take_batch() {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return stopping || !waiting.empty(); });
    const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(std::min(waiting.size(), kMaxBatch));
    std::vector<Waiting> batch(std::make_move_iterator(waiting.begin()), std::make_move_iterator(end));
    waiting.erase(waiting.begin(), end);
    return batch;
  }

  void run() {
    for (;;) {
      auto batch = take_batch();
      if (batch.empty()) return;
      const bool was_poisoned = poisoned;
      Result<void> durable = commit_batch(batch);
      if (!durable) durable = poisoned && !was_poisoned ? in_doubt(durable.error()) : unavailable(durable.error());
      metrics.batch.observe(static_cast<double>(batch.size()));
      if (!durable) metrics.failed.add();
      for (Waiting& one : batch) release(one, durable);
    }
  }

  static void release(Waiting& one, const Result<void>& durable) {
    if (one.failure) return one.done(*one.failure);
    one.done(durable);
  }

  // Jobs run without a savepoint as long as none fails: keeping the old pages of each one is a fifth of the work. After a
  // failure the whole batch runs again, each job in a savepoint of its own, and so do the next batches: where many fail,
  // few run twice.
  //
  // A job's error may make SQLite roll the whole transaction back (a full disk does). The batch is void then, and its
  // other jobs run again in a new transaction without it.
  Result<void> commit_batch(std::vector<Waiting>& batch) {
    if (poisoned)
      return Error{Code::kStoreUnavailable, "", {}, "an earlier sync failed; restart capid once the disk is sound"};
    if (careful_batches > 0) {
      --careful_batches;
    } else {
      TRY(begin());
      if (run_all(batch)) return finish();
      careful_batches = kCarefulBatches;
    }
    for (;;) {
      TRY(begin());
      if (run_jobs(batch)) return finish();
    }
  }

  Result<void> begin() {
    for (int tries = 0;; ++tries) {
      auto begun = database.execute("BEGIN IMMEDIATE");
      if (begun) return {};
      if (!is_busy(database.last_error()) || tries == kBusyRetries) return std::move(begun).error();
    }
  }

  // False: one failed, and nothing was kept.
  bool run_all(std::vector<Waiting>& batch) {
    Transaction transaction(database, ids, clock.now_ms());
    for (Waiting& one : batch) {
      if (one.job(transaction) && !database.in_autocommit()) continue;
      if (!database.in_autocommit()) (void)database.execute("ROLLBACK");
      return false;
    }
    return true;
  }

  // False: the transaction is gone, and the jobs that have not failed must run again.
  bool run_jobs(std::vector<Waiting>& batch) {
    Transaction transaction(database, ids, clock.now_ms());
    for (Waiting& one : batch) {
      if (one.failure) continue;
      auto ran = run_in_savepoint(one.job, transaction);
      if (!ran) one.failure = std::move(ran).error();
      if (database.in_autocommit()) return false;
    }
    return true;
  }

  Result<void> run_in_savepoint(Job& job, Transaction& transaction) {
    TRY(database.execute("SAVEPOINT job"));
    auto ran = job(transaction);
    if (database.in_autocommit())
      return ran ? Result<void>{Error{Code::kStoreUnavailable, "the transaction was lost"}} : ran;
    if (!ran) TRY(database.execute("ROLLBACK TO job"));
    TRY(database.execute("RELEASE job"));
    return ran;
  }

  Result<void> finish() {
    const auto begun = std::chrono::steady_clock::now();
    auto committed = database.execute("COMMIT");
    metrics.commit_seconds.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
    if (committed) return {};
    if (is_failed_sync(database.last_error())) {
      poisoned = true;
      base::log::error("a sync failed: no further write is accepted until capid is restarted",
                       {{"error", committed.error().detail}});
    } else {
      base::log::error("a commit failed", {{"error", committed.error().detail}});
    }
    if (!database.in_autocommit()) (void)database.execute("ROLLBACK");
    return std::move(committed).error();
  }
};

Writer::Writer(Database database, const base::Clock& clock, const std::string& newest_id)
    : state_(std::make_unique<State>(std::move(database), clock)) {
  state_->ids.continue_after(newest_id);
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Writer::~Writer() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->arrived.notify_one();
  state_->thread.join();
}

bool Writer::may_have_kept_what_it_refused() const { return state_->poisoned; }

const Writer::Metrics& Writer::metrics() const { return state_->metrics; }

void Writer::submit(Job job, Done done) {
  {
    std::lock_guard lock(state_->mutex);
    state_->waiting.push_back({std::move(job), std::move(done)});
  }
  state_->arrived.notify_one();
}

// Shared with the writer's thread, which says so after it has let go of the mutex: whoever is woken must not find it taken.
Result<void> Writer::commit_job(Job job) {
  struct Wait {
    std::mutex mutex;
    std::condition_variable finished;
    std::optional<Result<void>> outcome;
  };
  const auto wait = std::make_shared<Wait>();
  submit(std::move(job), [wait](Result<void> durable) {
    {
      std::lock_guard lock(wait->mutex);
      wait->outcome = std::move(durable);
    }
    wait->finished.notify_one();
  });
  std::unique_lock lock(wait->mutex);
  wait->finished.wait(lock, [&] { return wait->outcome.has_value(); });
  return std::move(*wait->outcome);
}

}   // namespace capid::store

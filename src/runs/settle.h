// SPDX-License-Identifier: Apache-2.0
// Settle: the only writer of terminal states. State, result, ledger, events, artifacts and the webhook that tells of it
// change in one transaction.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "runs/metrics.h"
#include "runs/verdict.h"
#include "sandbox/collect.h"
#include "store/artifacts.h"
#include "store/runs.h"
#include "store/transaction.h"
#include "threads/feed.h"
#include "threads/threads.h"

namespace capid::runs {

/// A run at its end, and everything that goes into its last transaction.
struct EndedRun {
  std::string id;
  std::string account;
  std::optional<std::string> thread;   ///< nothing: it never started
  std::string node;
  int64_t attempt = 0;
  Verdict verdict;
  int64_t cpu_ms = 0;
  int64_t cpu_credits = 0;   ///< micro-credits, for that time
  int64_t peak_memory_bytes = 0;
  int64_t wall_ms = 0;
  std::vector<store::NewArtifact> artifacts;   ///< their blobs are durable
  std::vector<sandbox::Skipped> skipped;       ///< left in /out, and not taken
  std::optional<std::string> workspace;        ///< the workspace it took place in
  std::optional<int64_t> workspace_bytes;      ///< what that holds now, where it is known
  std::vector<threads::News> news;             ///< what is not in the thread yet
};

class Settle {
 public:
  /// `public_url` prefixes addresses in the run object that webhooks carry; empty, they are paths. `wake_outbox` is called
  /// after each end that was made known.
  Settle(std::string public_url, threads::Feed& feed, RunMetrics& metrics, std::function<void()> wake_outbox)
      : public_url_(std::move(public_url)), feed_(feed), metrics_(metrics), wake_outbox_(std::move(wake_outbox)) {}

  /// False where the run was settled before: nothing is changed then, and the artifacts' blobs are the caller's to
  /// remove.
  [[nodiscard]] Result<bool> operator()(store::Transaction& transaction, const EndedRun& run) const;

  /// The same for a pending run that ends without having begun; its thread is set where an earlier attempt had. False
  /// where it is not pending any more.
  [[nodiscard]] Result<bool> unstarted(store::Transaction& transaction, const store::UnfinishedRun& run,
                                       const Verdict& verdict) const;

  /// Tells whoever waits for the run's end, and counts it: `status` is nothing where it is not over after all, or
  /// somebody else ended it. Call it after the commit.
  void announce(const std::string& run, std::optional<store::RunStatus> status) const;

  [[nodiscard]] RunMetrics& metrics() const { return metrics_; }

 private:
  [[nodiscard]] Result<void> enqueue_webhook(store::Transaction& transaction, const std::string& run) const;

  std::string public_url_;
  threads::Feed& feed_;
  RunMetrics& metrics_;
  std::function<void()> wake_outbox_;
};

/// An interrupted run whose app wants it tried again: it waits for its turn once more.
[[nodiscard]] Result<void> send_back(store::Transaction& transaction, const std::string& run,
                                     const std::optional<std::string>& thread);

}   // namespace capid::runs

// SPDX-License-Identifier: Apache-2.0
// The queue: accepted runs wait here, first come first served, within a global and a per-app limit; runs that share a
// workspace take turns.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace capid::runs {

/// A run that may be started: enough to find everything else.
struct QueuedRun {
  std::string id;
  std::string app;
  std::string workspace = {};    ///< the lane in which it waits for its turn, unlike any other account's; empty: none
  int64_t app_concurrency = 0;   ///< how many runs of this app may go on at once; 0: no limit of its own
};

/// A workspace's name in the queue.
[[nodiscard]] std::string lane_of(const std::string& account, const std::optional<std::string>& workspace);

class Queue {
 public:
  Queue(int64_t concurrency, int64_t limit) : concurrency_(concurrency), limit_(limit) {}

  /// Holds a place for a run that is about to be accepted. False: the queue is full.
  [[nodiscard]] bool reserve();
  void give_back();   ///< the run was not accepted after all

  /// Queues a run for which a place is held.
  void push_reserved(QueuedRun run);
  /// Queues one that was accepted long ago, however many wait.
  void push(QueuedRun run);

  /// The oldest run that may start now, counted as running from here on. Nothing: none may, or the queue is closed.
  [[nodiscard]] std::optional<QueuedRun> pop();

  /// A run that was popped is over.
  void finished(const QueuedRun& run);

  /// Takes a run out that will not be started any more. One that is not waiting is left alone.
  void remove(const QueuedRun& run);

  /// No further run is popped.
  void close();

  [[nodiscard]] int64_t running() const;
  [[nodiscard]] int64_t waiting() const;

 private:
  // Runs of one workspace: at most one is a candidate or running, the others wait behind it.
  struct Lane {
    std::string first;   // the id of that one
    bool running = false;
    std::map<std::string, QueuedRun> behind;   // by id
  };

  void insert(QueuedRun run);
  void offer(QueuedRun run);
  bool withdraw(const std::string& app, const std::string& id);
  void advance(const std::string& workspace);
  [[nodiscard]] bool may_start(const QueuedRun& run) const;

  const int64_t concurrency_;
  const int64_t limit_;
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, QueuedRun>> candidates_;   // app → run id → run: ids sort by age
  std::map<std::string, Lane> lanes_;                                    // by workspace
  std::map<std::string, int64_t> running_by_app_;
  int64_t running_ = 0;
  int64_t queued_ = 0;
  int64_t reserved_ = 0;
  bool closed_ = false;
};

}   // namespace capid::runs

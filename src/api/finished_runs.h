// SPDX-License-Identifier: Apache-2.0
// The run objects of runs that are over, as they were answered last: such a run does not change any more, and lists and
// pollers ask for the same ones again and again.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace capid::api {

struct FinishedRun {
  std::string id;
  std::string account;
  std::string app;
  std::string json;
};

/// Keeps what was asked for last, within 4 MiB, and none for longer than ten seconds: what is removed from the store is
/// gone from here by then.
class FinishedRuns {
 public:
  /// Null where it is not kept. Whose it is, is the caller's to check.
  [[nodiscard]] std::shared_ptr<const FinishedRun> find(const std::string& id);

  void keep(FinishedRun run);

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    std::shared_ptr<const FinishedRun> run;
    Clock::time_point until;
  };
  using Entries = std::list<Entry>;   // used last, first

  void forget(Entries::iterator entry);

  std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_id_;
  size_t bytes_ = 0;
};

}   // namespace capid::api

// SPDX-License-Identifier: Apache-2.0
// The feed: tells those who watch a run that it has something new. It carries no events: who is told reads the store, so
// a slow watcher holds up nobody and nothing is kept for it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace capid::threads {

class Feed {
 public:
  /// What to watch for news of any run.
  static constexpr const char* kAnyRun = "";

  /// Wakes whoever watches `run`, or any run. Call it after the commit of what is new. Costs next to nothing where nobody does.
  void announce(const std::string& run);

  /// Wakes everybody, for good: from here on no wait takes any time.
  void close();

 private:
  struct Channel {
    std::condition_variable changed;
    uint64_t news = 0;
    size_t watches = 0;
  };

 public:
  /// One watcher's view of one run. Sees every announcement that was made after it was constructed.
  class Watch {
   public:
    Watch(Feed& feed, std::string run);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// Waits for news since the last call (or since construction). False: none came within `most`, or the feed is closed.
    [[nodiscard]] bool wait(std::chrono::milliseconds most);

   private:
    Feed& feed_;
    std::string run_;
    std::shared_ptr<Channel> channel_;
    uint64_t seen_ = 0;
  };

  [[nodiscard]] bool is_closed() const;

 private:
  void tell(const std::string& name);

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Channel>> channels_;   // of runs that are watched
  bool closed_ = false;
};

}   // namespace capid::threads

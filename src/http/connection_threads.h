// SPDX-License-Identifier: Apache-2.0
// A thread for each connection that has something to say, made when it is needed, up to a bound.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace capid::http {

class ConnectionThreads {
 public:
  explicit ConnectionThreads(size_t most) : most_(most) {}
  ~ConnectionThreads() { finish(); }

  /// Runs `task` on a thread of its own. False: none is to be had, and the task was not taken.
  [[nodiscard]] bool run(std::function<void()> task);

  /// Waits for every task. What is run afterwards is not taken.
  void finish();

  /// The same, but gives up after `most`. False: some task goes on.
  [[nodiscard]] bool finish_within(std::chrono::milliseconds most);

 private:
  void serve();

  const size_t most_;
  std::mutex mutex_;
  std::condition_variable task_came_;
  std::condition_variable thread_ended_;
  std::deque<std::function<void()>> waiting_;
  size_t threads_ = 0;
  size_t idle_ = 0;
  bool finishing_ = false;
};

}   // namespace capid::http

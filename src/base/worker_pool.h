// SPDX-License-Identifier: Apache-2.0
// A few threads for work that blocks: the disk, a commit.
#pragma once

#include <functional>
#include <memory>

namespace capid::base {

class WorkerPool {
 public:
  explicit WorkerPool(size_t threads);
  ~WorkerPool();   ///< finishes what was posted

  /// Runs `task` on one of the threads. Callable from any thread, also from a task.
  void post(std::function<void()> task);

  /// Waits until everything that was posted, and what that posted, is done. Nothing may be posted afterwards.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}   // namespace capid::base

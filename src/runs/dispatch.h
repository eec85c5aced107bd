// SPDX-License-Identifier: Apache-2.0
// Dispatch: takes runs off the queue, claims them, gives them to the sandbox, and settles what comes back.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "apps/registry.h"
#include "base/event_loop.h"
#include "base/worker_pool.h"
#include "files/blobs.h"
#include "runs/queue.h"
#include "sandbox/sandbox.h"
#include "store/readers.h"
#include "store/writer.h"

namespace capid::runs {

class Dispatch {
 public:
  struct Options {
    std::string node;          ///< which server this is, in the rows
    std::string runs_folder;   ///< a folder a run, for /in; emptied at start
    int64_t default_timeout_ms = 600'000;
  };

  Dispatch(Options options, Queue& queue, apps::Registry& apps, files::Blobs& blobs, store::Writer& writer,
           store::Readers& readers, sandbox::Sandbox& sandbox, base::EventLoop& loop, base::WorkerPool& workers);
  ~Dispatch();

  /// Starts every run that may start now. Callable from any thread.
  void wake();

  /// Lets running runs finish for up to `grace`, then ends them as INTERRUPTED, and waits until all are settled. What
  /// waits in the queue stays pending for the next start.
  void drain(std::chrono::milliseconds grace);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}   // namespace capid::runs

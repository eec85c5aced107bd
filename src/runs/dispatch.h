// SPDX-License-Identifier: Apache-2.0
// Dispatch: takes runs off the queue, claims them, gives them to the sandbox, and ends them before their time where it must.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "apps/registry.h"
#include "base/event_loop.h"
#include "base/worker_pool.h"
#include "files/blobs.h"
#include "runs/outlets.h"
#include "runs/queue.h"
#include "runs/settle.h"
#include "runs/waiting_clock.h"
#include "runs/workspace_folder.h"
#include "sandbox/sandbox.h"
#include "secrets/secrets.h"
#include "store/readers.h"
#include "store/writer.h"
#include "threads/feed.h"

namespace capid::runs {

class Dispatch {
 public:
  struct Options {
    std::string node;          ///< which server this is, in the rows
    std::string runs_folder;   ///< a folder a run, for /in; removed at start
    int64_t default_timeout_ms = 600'000;
    bool degraded = false;        ///< this host lacks some protection, and the runs say so
    int64_t per_cpu_second = 0;   ///< what processor time costs, in micro-credits
    const WaitingClock& clock;
  };

  Dispatch(Options options, Queue& queue, apps::Registry& apps, const secrets::Secrets& secrets, files::Blobs& blobs,
           WorkspaceFolders& workspaces, store::Writer& writer, store::Readers& readers, const Settle& settle,
           threads::Feed& feed, sandbox::Sandbox& sandbox, Outlets& outlets, base::EventLoop& loop,
           base::WorkerPool& workers);
  ~Dispatch();

  /// Starts every run that may start now. Callable from any thread.
  void wake();

  /// Ends a run that has been taken off the queue, as cancelled; the feed announces its end. One that has not, or is over,
  /// is left alone.
  void cancel(const std::string& run);

  /// Lets running runs finish for up to `grace`, then ends them as INTERRUPTED, and waits until all are settled. What
  /// waits in the queue stays pending for the next start.
  void drain(std::chrono::milliseconds grace);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}   // namespace capid::runs

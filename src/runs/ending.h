// SPDX-License-Identifier: Apache-2.0
// Ending: what becomes of a run once its sandbox is over. The verdict, its artifacts, the check of its result, its settlement;
// or back into the queue, where its app wants that.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "base/event_loop.h"
#include "base/worker_pool.h"
#include "files/blobs.h"
#include "runs/active.h"
#include "runs/result_check.h"
#include "runs/settle.h"
#include "runs/verdict.h"
#include "runs/workspace_folder.h"
#include "sandbox/outcome.h"
#include "store/writer.h"

namespace capid::runs {

class Ending {
 public:
  struct Options {
    std::string node;             ///< which server this is, in the rows
    int64_t per_cpu_second = 0;   ///< what processor time costs, in micro-credits
    /// Called when nothing of a run is left to do.
    std::function<void(const Active& run)> on_over;
  };

  Ending(Options options, files::Blobs& blobs, WorkspaceFolders& workspaces, store::Writer& writer,
         const Settle& settle, ResultCheck checks, base::EventLoop& loop, base::WorkerPool& workers)
      : options_(std::move(options)),
        blobs_(blobs),
        workspaces_(workspaces),
        writer_(writer),
        settle_(settle),
        checks_(std::move(checks)),
        loop_(loop),
        workers_(workers) {}

  /// On a worker, once everything that went through the run's outlets is known. `stop` is why capid ended it, if it did.
  void end(const std::shared_ptr<Active>& run, const std::shared_ptr<sandbox::Outcome>& outcome, Stop stop);

  /// On a worker, for a run that got no sandbox.
  void end_unlaunched(const std::shared_ptr<Active>& run, const Error& problem);

  /// What cannot be settled now is left to recovery from here on.
  void give_up() { giving_up_ = true; }

 private:
  [[nodiscard]] static bool is_to_be_tried_again(const Active& run, const sandbox::Outcome& outcome, Stop stop);
  void send_back(const std::shared_ptr<Active>& run, bool stderr_truncated);
  void keep_artifacts(Active& run, const base::Fd& out_folder, EndedRun& ended);
  void check_result(const std::shared_ptr<Active>& run, const std::shared_ptr<EndedRun>& ended,
                    const std::function<void()>& then);
  void settle(const std::shared_ptr<Active>& run, const std::shared_ptr<EndedRun>& ended);
  void leave(const Active& run);

  const Options options_;
  files::Blobs& blobs_;
  WorkspaceFolders& workspaces_;
  store::Writer& writer_;
  const Settle& settle_;
  ResultCheck checks_;
  base::EventLoop& loop_;
  base::WorkerPool& workers_;
  std::atomic<bool> giving_up_{false};
};

}   // namespace capid::runs

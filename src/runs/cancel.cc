// SPDX-License-Identifier: Apache-2.0
#include "runs/cancel.h"

#include <chrono>

#include "runs/await.h"

namespace capid::runs {
namespace {

using namespace std::chrono_literals;
using store::RunStatus;

// A second until SIGKILL, and time enough to collect and write what the run left.
constexpr auto kPatience = 60s;

Error not_cancellable(RunStatus status) {
  return {Code::kRunNotCancellable, "the run is " + std::string(store::to_string(status)) + " already"};
}

}   // namespace

// Whether this request or another one cancelled a run that was still going on does not matter to either.
Result<void> Cancel::operator()(const std::string& run) {
  const RunStatus before = TRY(status_of(run));
  if (store::is_terminal(before)) return not_cancellable(before);
  if (TRY(cancel_pending(run))) return {};
  dispatch_.cancel(run);
  const RunStatus after = TRY(await_end(run, kPatience, readers_, feed_)).status;
  if (after == RunStatus::kCancelled) return {};
  if (store::is_terminal(after)) return not_cancellable(after);
  return Error{Code::kStoreUnavailable, "the run was told to end, but its end is not written yet: ask for its status"};
}

Result<bool> Cancel::cancel_pending(const std::string& run) {
  store::UnfinishedRun pending{.id = run};
  const bool ended = TRY(writer_.commit([&](store::Transaction& transaction) -> Result<bool> {
    const auto row = TRY(store::find_run(transaction.database(), run));
    if (!row || row->status != RunStatus::kPending) return false;
    pending.account = row->account;
    pending.app = row->app;
    pending.workspace = row->options.workspace;
    pending.attempt = row->attempt;
    if (row->thread_start) pending.thread = row->thread;
    return settle_.unstarted(transaction, pending, cancelled(credits::Bill::kRefund));
  }));
  if (!ended) return false;
  queue_.remove({.id = run, .app = pending.app, .workspace = lane_of(pending.account, pending.workspace)});
  settle_.announce(run, RunStatus::kCancelled);
  dispatch_.wake();   // who stood behind it may be free to start
  return true;
}

Result<RunStatus> Cancel::status_of(const std::string& run) const {
  const auto row = TRY(store::find_run(*readers_.lend(), run));
  if (!row) return Error{Code::kRunNotFound, "there is no such run in this account"};
  return row->status;
}

}   // namespace capid::runs

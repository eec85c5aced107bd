// SPDX-License-Identifier: Apache-2.0
#include "runs/settle.h"

#include "runs/render.h"
#include "store/removal.h"
#include "store/usage.h"
#include "store/workspaces.h"
#include "webhooks/enqueue.h"

namespace capid::runs {
namespace {

Result<void> append_artifacts(store::Transaction& transaction, const threads::Place& place, const EndedRun& run) {
  int64_t position = 0;
  for (const store::NewArtifact& artifact : run.artifacts) {
    const std::string id = TRY(store::insert_artifact(transaction, run.id, position++, artifact));
    TRY(threads::append_artifact(transaction, place, id, artifact));
  }
  for (const sandbox::Skipped& skipped : run.skipped) {
    TRY(threads::append_skipped_file(transaction, place, skipped.path, skipped.reason));
  }
  return {};
}

Result<void> append_events(store::Transaction& transaction, const EndedRun& run) {
  if (!run.thread) return {};
  const threads::Place place{.thread = *run.thread, .run = run.id};
  TRY(threads::append(transaction, place, run.news));
  TRY(append_artifacts(transaction, place, run));
  return threads::append_status(transaction, place, std::string(store::to_string(run.verdict.status)),
                                run.verdict.message);
}

}   // namespace

Result<bool> Settle::operator()(store::Transaction& transaction, const EndedRun& run) const {
  const Verdict& verdict = run.verdict;
  const bool first = TRY(store::settle_run(
      transaction,
      {.run = run.id,
       .node = run.node,
       .attempt = run.attempt,
       .status = verdict.status,
       .result_text = verdict.text,
       .error_code = verdict.error ? std::optional(std::string(base::to_string(*verdict.error))) : std::nullopt,
       .error_message = verdict.message.empty() ? std::nullopt : std::optional(verdict.message),
       .cpu_ms = run.cpu_ms,
       .peak_memory_bytes = run.peak_memory_bytes,
       .wall_ms = run.wall_ms}));
  if (!first) return false;
  const int64_t charged = TRY(credits::settle(transaction, run.account, run.id, verdict.bill, run.cpu_credits));
  TRY(store::set_run_credits(transaction, run.id, charged));
  TRY(store::add_usage(transaction, run.id, charged));
  if (run.workspace && run.workspace_bytes)
    TRY(store::set_workspace_size(transaction, run.account, *run.workspace, *run.workspace_bytes));
  TRY(append_events(transaction, run));
  TRY(enqueue_webhook(transaction, run.id));
  TRY(store::note_size(transaction, run.id));
  return true;
}

// Without a node: the guard then lets it through only while the run is pending.
Result<bool> Settle::unstarted(store::Transaction& transaction, const store::UnfinishedRun& run,
                               const Verdict& verdict) const {
  return (*this)(
      transaction,
      {.id = run.id, .account = run.account, .thread = run.thread, .attempt = run.attempt, .verdict = verdict});
}

void Settle::announce(const std::string& run, std::optional<store::RunStatus> status) const {
  if (status) metrics_.count(*status);
  feed_.announce(run);
  wake_outbox_();
}

// Last, so that it carries everything that this transaction changed.
Result<void> Settle::enqueue_webhook(store::Transaction& transaction, const std::string& run) const {
  const auto url = TRY(store::webhook_of_run(transaction.database(), run));
  if (!url) return {};
  const auto row = TRY(store::find_run(transaction.database(), run));
  CHECK(row);
  const std::string text = TRY(render_run_text(transaction.database(), *row, public_url_));
  TRY(webhooks::enqueue(transaction, row->account, run, *url, text));
  return {};
}

Result<void> send_back(store::Transaction& transaction, const std::string& run,
                       const std::optional<std::string>& thread) {
  TRY(store::return_run(transaction, run));
  if (!thread) return {};
  return threads::append_status(transaction, {.thread = *thread, .run = run}, "pending",
                                "capid was stopped while the agent ran; it is tried again");
}

}   // namespace capid::runs

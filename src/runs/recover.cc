// SPDX-License-Identifier: Apache-2.0
#include "runs/recover.h"

#include "base/log.h"
#include "threads/threads.h"

namespace capid::runs {
namespace {

bool wants_retry(apps::Registry& apps, const store::UnfinishedRun& run) {
  const auto version = apps.find(run.app, run.app_version);
  return version && (*version)->manifest.on_interrupt == apps::OnInterrupt::kRetry;
}

Result<void> mark_interrupted(store::Transaction& transaction, const Settle& settle, const store::UnfinishedRun& run,
                              const std::string& node) {
  TRY(settle(transaction, {.id = run.id,
                           .account = run.account,
                           .thread = run.thread,
                           .node = node,
                           .attempt = run.attempt,
                           .verdict = interrupted()}));
  return {};
}

}   // namespace

Result<void> recover(const std::string& node, Queue& queue, apps::Registry& apps, store::Writer& writer,
                     store::Readers& readers, const Settle& settle) {
  const auto cut_off = TRY(store::running_runs(*readers.lend(), node));
  const auto is_over = [&](const store::UnfinishedRun& run) { return !wants_retry(apps, run); };
  TRY(writer.commit([&](store::Transaction& transaction) -> Result<void> {
    for (const store::UnfinishedRun& run : cut_off) {
      TRY(is_over(run) ? mark_interrupted(transaction, settle, run, node) : send_back(transaction, run.id, run.thread));
    }
    return {};
  }));
  for (const store::UnfinishedRun& run : cut_off) {
    if (is_over(run)) settle.metrics().count(store::RunStatus::kFailed);
  }
  const auto pending = TRY(store::pending_runs(*readers.lend()));
  for (const store::UnfinishedRun& run : pending) {
    const auto version = apps.find(run.app, run.app_version);
    queue.push({.id = run.id,
                .app = run.app,
                .workspace = lane_of(run.account, run.workspace),
                .app_concurrency = version ? (*version)->manifest.concurrency : 0});
  }
  if (!cut_off.empty() || !pending.empty()) {
    base::log::info("recovered",
                    {{"cut_off", std::to_string(cut_off.size())}, {"pending", std::to_string(pending.size())}});
  }
  return {};
}

}   // namespace capid::runs

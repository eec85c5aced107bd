// SPDX-License-Identifier: Apache-2.0
#include "runs/ending.h"

#include "base/log.h"
#include "runs/input_folder.h"
#include "runs/keep_artifacts.h"

namespace capid::runs {
namespace {

constexpr int kStoreRetryMs = 1'000;

void log_end(const EndedRun& run) {
  base::log::info("run ended", {{"run", run.id},
                                {"status", std::string(store::to_string(run.verdict.status))},
                                {"error", run.verdict.error ? std::string(base::to_string(*run.verdict.error)) : "-"},
                                {"wall_ms", std::to_string(run.wall_ms)}});
}

}   // namespace

void Ending::end(const std::shared_ptr<Active>& run, const std::shared_ptr<sandbox::Outcome>& outcome, Stop stop) {
  if (is_to_be_tried_again(*run, *outcome, stop)) return send_back(run, outcome->stderr_truncated);
  const int64_t most = run->version->manifest.limits.disk_bytes;
  const auto workspace_bytes = run->workspace.empty() ? std::nullopt : workspaces_.size(run->workspace, most);
  const auto transcript = run->summary();
  const auto ended = std::make_shared<EndedRun>();
  ended->verdict = judge({.outcome = *outcome,
                          .manifest = run->version->manifest,
                          .stderr_tail = run->record->stderr_tail(),
                          .trouble = *run->trouble,
                          .transcript = transcript ? &*transcript : nullptr,
                          .stop = stop,
                          .workspace_bytes = workspace_bytes.value_or(0)});
  if (outcome->out_folder) keep_artifacts(*run, outcome->out_folder, *ended);
  if (!run->workspace.empty()) ended->workspace = run->row.options.workspace;
  if (workspace_bytes && *workspace_bytes < INT64_MAX) ended->workspace_bytes = workspace_bytes;
  ended->cpu_ms = outcome->cpu_ms;
  ended->cpu_credits = credits::cost_of_cpu(outcome->cpu_ms, options_.per_cpu_second);
  ended->peak_memory_bytes = outcome->peak_memory_bytes;
  ended->wall_ms = outcome->wall_ms;
  check_result(run, ended, [=, this] {
    ended->news = run->record->take_rest(outcome->stderr_truncated);
    settle(run, ended);
  });
}

void Ending::end_unlaunched(const std::shared_ptr<Active>& run, const Error& problem) {
  const auto ended = std::make_shared<EndedRun>();
  ended->verdict = not_prepared(problem);
  ended->news = run->record->take_rest(false);
  settle(run, ended);
}

// What the server's stop cut off is tried again at the next start, where the app wants that.
bool Ending::is_to_be_tried_again(const Active& run, const sandbox::Outcome& outcome, Stop stop) {
  return outcome.end == sandbox::End::kTerminated && stop == Stop::kShutdown &&
         run.version->manifest.on_interrupt == apps::OnInterrupt::kRetry;
}

void Ending::send_back(const std::shared_ptr<Active>& run, bool stderr_truncated) {
  const auto news = run->record->take_rest(stderr_truncated);
  const auto given = writer_.commit([&](store::Transaction& transaction) -> Result<void> {
    TRY(threads::append(transaction, {.thread = run->thread, .run = run->row.id}, news));
    return runs::send_back(transaction, run->row.id, run->thread);
  });
  if (!given)   // it stays as it is, and recovery finds it
    base::log::error("a run could not be given back", {{"run", run->row.id}, {"error", given.error().detail}});
  settle_.announce(run->row.id, std::nullopt);
  leave(*run);
}

// A failure of the agent's own stands, whether or not its files could be kept.
void Ending::keep_artifacts(Active& run, const base::Fd& out_folder, EndedRun& ended) {
  const auto kept = runs::keep_artifacts(out_folder, run.version->manifest.limits.disk_bytes, blobs_, ended);
  for (store::NewArtifact& artifact : ended.artifacts)
    artifact.title = run.record->title_of(artifact.title).value_or(artifact.title);
  if (kept) return;
  base::log::error("a run's artifacts could not be kept", {{"run", run.row.id}, {"error", kept.error().detail}});
  run.record->add_error(kept.error());
  if (ended.verdict.status == store::RunStatus::kCompleted) ended.verdict = not_kept(kept.error());
}

// Where the app promises something of it. `then` is called on a worker.
void Ending::check_result(const std::shared_ptr<Active>& run, const std::shared_ptr<EndedRun>& ended,
                          const std::function<void()>& then) {
  const Json& schema = run->version->manifest.output_schema;
  if (ended->verdict.status != store::RunStatus::kCompleted || schema.is_null()) return then();
  checks_.start(run->folder + "/check", schema, ended->verdict.text.value_or(""), [=, this](const auto& problem) {
    if (problem) ended->verdict = not_satisfied(*problem);
    workers_.post(then);
  });
}

// A store that cannot take it now (a full disk) may later: the run keeps its place until then. A store that never can again
// leaves it to recovery.
void Ending::settle(const std::shared_ptr<Active>& run, const std::shared_ptr<EndedRun>& ended) {
  ended->id = run->row.id;
  ended->account = run->row.account;
  ended->thread = run->thread;
  ended->node = options_.node;
  ended->attempt = run->row.attempt;
  const auto first = writer_.commit([&](store::Transaction& transaction) { return settle_(transaction, *ended); });
  if (!first && !giving_up_) {
    base::log::error("a run could not be settled; it is tried again",
                     {{"run", ended->id}, {"error", first.error().detail}});
    return loop_.after(kStoreRetryMs, [=, this] { workers_.post([=, this] { settle(run, ended); }); });
  }
  const bool ours = first && *first;
  settle_.announce(ended->id, ours ? std::optional(ended->verdict.status) : std::nullopt);
  if (ours) log_end(*ended);
  const bool stay = ours || writer_.may_have_kept_what_it_refused();   // the sweep of the next start knows
  for (size_t i = 0; !stay && i < ended->artifacts.size(); ++i) blobs_.remove(ended->artifacts[i].blob);
  leave(*run);
}

void Ending::leave(const Active& run) {
  remove_folder(run.folder);
  options_.on_over(run);
}

}   // namespace capid::runs

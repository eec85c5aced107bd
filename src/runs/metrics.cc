// SPDX-License-Identifier: Apache-2.0
#include "runs/metrics.h"

#include <algorithm>

namespace capid::runs {

using store::RunStatus;

void RunMetrics::count(RunStatus status) {
  (status == RunStatus::kCompleted ? completed : status == RunStatus::kCancelled ? cancelled : failed).add();
}

void RunMetrics::observe(const store::Run& run, int64_t agent_ms, std::chrono::duration<double> whole) {
  constexpr double kMsASecond = 1'000;
  const double agent = static_cast<double>(agent_ms) / kMsASecond;
  seconds.observe(agent);
  sandbox.observe(std::max(0.0, whole.count() - agent));
  if (run.started_at)
    queued.observe(static_cast<double>(std::max<int64_t>(0, *run.started_at - run.created_at)) / kMsASecond);
}

void write_metrics(const RunMetrics& metrics, const Queue& queue, base::MetricsText& text) {
  text.family("capid_runs_total", "counter", "Runs that ended, by how they did.");
  for (const auto& [status, counter] : {std::pair(RunStatus::kCompleted, &metrics.completed),
                                        {RunStatus::kFailed, &metrics.failed},
                                        {RunStatus::kCancelled, &metrics.cancelled}})
    text.sample({{"status", store::to_string(status)}}, static_cast<double>(counter->value()));
  text.family("capid_run_duration_seconds", "histogram", "How long agents ran.");
  text.samples(metrics.seconds);
  text.family("capid_run_queued_seconds", "histogram", "How long runs waited for their start.");
  text.samples(metrics.queued);
  text.family("capid_sandbox_overhead_seconds", "histogram",
              "How long sandboxes took, from launch to end, beside their agents.");
  text.samples(metrics.sandbox);
  text.family("capid_runs", "gauge", "Runs that are not over.");
  text.sample({{"status", store::to_string(RunStatus::kPending)}}, static_cast<double>(queue.waiting()));
  text.sample({{"status", store::to_string(RunStatus::kRunning)}}, static_cast<double>(queue.running()));
}

}   // namespace capid::runs

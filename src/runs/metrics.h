// SPDX-License-Identifier: Apache-2.0
// What is counted of runs, for who operates the server.
#pragma once

#include <chrono>

#include "base/metrics.h"
#include "runs/queue.h"
#include "store/runs.h"

namespace capid::runs {

struct RunMetrics {
  base::Counter completed, failed, cancelled;
  base::Histogram seconds{{0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 1800}};   ///< from an agent's start to its end
  base::Histogram queued{{0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 1800}};    ///< from acceptance to the start
  base::Histogram sandbox{
      {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5}};   ///< that a sandbox takes beside its agent

  void count(store::RunStatus status);

  /// A run whose agent ran for so long, and whose sandbox was there for `whole`.
  void observe(const store::Run& run, int64_t agent_ms, std::chrono::duration<double> whole);
};

void write_metrics(const RunMetrics& metrics, const Queue& queue, base::MetricsText& text);

}   // namespace capid::runs

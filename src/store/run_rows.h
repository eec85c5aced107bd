// SPDX-License-Identifier: Apache-2.0
// How a run is read from its row: for the .cc files of this folder that select runs.
#pragma once

#include "store/runs.h"

namespace capid::store {

/// What `read_run` expects, in this order, of the table `runs`.
#define CAPID_RUN_COLUMNS                                                                                         \
  "runs.id, runs.account_id, runs.app_id, app_name, app_version, key_id, origin, status, thread_id, "             \
  "thread_start, inputs, model_id, workspace_id, tags, metadata, timeout_ms, max_credits, expires_at, "           \
  "result_text, error_code, error_message, credits, cpu_ms, peak_memory_bytes, wall_ms, created_at, started_at, " \
  "completed_at, attempt, webhook_url, degraded, input_tokens, output_tokens"

[[nodiscard]] Run read_run(Query& row);

/// A label's name: a tag's, and what comes before a metadata key.
inline constexpr const char* kTagLabel = "tag";
inline constexpr const char* kMetadataLabel = "metadata.";

}   // namespace capid::store

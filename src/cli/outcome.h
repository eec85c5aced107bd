// SPDX-License-Identifier: Apache-2.0
// Starting a run, and what becomes of it: its id alone, or its whole way to the end.
#pragma once

#include <string>

#include "cli/api_client.h"

namespace capid::cli {

struct OutcomeOptions {
  bool wait = false;
  std::string folder;   ///< where artifacts go; not empty: wait
  bool as_json = false;
};

/// `--wait`, `-o DIR` and `--json`.
void add_outcome_options(CLI::App& command, OutcomeOptions& options);

/// Sends the request that starts a run, with an idempotency key of its own where it has none. Without waiting, prints
/// the run's id. Else shows its steps on stderr as they happen, then prints its result, or with --json the run, and
/// returns the exit code that says how it ended.
[[nodiscard]] Result<int> start_run(ApiClient& api, ApiClient::Post post, const OutcomeOptions& options);

}   // namespace capid::cli

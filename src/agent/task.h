// SPDX-License-Identifier: Apache-2.0
// What the agent has been given: its app's manifest, the run's inputs and files, and what was said before on its thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "agent/conversation.h"
#include "apps/manifest.h"
#include "base/result.h"

namespace capid::agent {

struct Task {
  apps::Manifest manifest;
  std::vector<Turn> earlier;   ///< of the thread that is continued
  Turn prompt;                 ///< with the files that the model takes
};

/// Where a run's sandbox has it. `media` are the kinds of files that the model takes: image, pdf.
struct TaskPlace {
  std::string app_folder = "/app";
  std::string inputs_file = "/in/inputs.json";
  std::string thread_file = "/in/thread.jsonl";
  std::set<std::string> media = {};
};

/// Errors: what cannot be read, for people.
[[nodiscard]] Result<Task> read_task(const TaskPlace& place);

}   // namespace capid::agent

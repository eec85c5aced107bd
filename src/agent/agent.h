// SPDX-License-Identifier: Apache-2.0
// The built-in agent: inside the sandbox, a prompt and some tools, until the model has an answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "agent/task.h"

namespace capid::agent {

/// What is told on the command line; the rest stands in files and in the environment.
struct Options {
  std::string protocol;                ///< in which the run's model is spoken to, as capid's config names it
  std::chrono::milliseconds time{0};   ///< what the run has
  int64_t most_tokens = 8192;          ///< of one answer
  TaskPlace place = {};
};

/// Tells the thread what happens, on stdout in capid's own language. Returns the exit code: 0 where there is a result.
[[nodiscard]] int run(const Options& options);

}   // namespace capid::agent

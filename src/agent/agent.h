// SPDX-License-Identifier: Apache-2.0
// The built-in agent: inside the sandbox, a prompt and some tools, until the model has an answer.
#pragma once

#include <chrono>
#include <set>
#include <string>

namespace capid::agent {

/// What is told on the command line; the rest stands in /app, /in and the environment.
struct Options {
  std::string protocol;                ///< in which the run's model is spoken to, as capid's config names it
  std::set<std::string> media = {};    ///< the kinds of files that it takes: image, pdf
  std::chrono::milliseconds time{0};   ///< what the run has
};

/// Tells the thread what happens, on stdout in capid's own language. Returns the exit code: 0 where there is a result.
[[nodiscard]] int run(const Options& options);

}   // namespace capid::agent

// SPDX-License-Identifier: Apache-2.0
// How the built-in agent is run: this very program, seen inside the sandbox.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/spec.h"

namespace capid::runs {

/// How a model is spoken to.
struct ModelTraits {
  std::string protocol;               ///< chat_completions, responses or messages
  std::vector<std::string> accepts;   ///< the kinds of files that it looks at: image, pdf
  int64_t most_tokens = 8192;         ///< of one answer
};

/// This program's file, as this user can reach it: itself, else a copy that is made in `folder`.
[[nodiscard]] Result<std::string> reachable_program(const std::string& folder);

/// Has the sandbox run it with these arguments.
void show_program(const std::string& program, std::vector<std::string> arguments, sandbox::Spec& spec);

/// Has the sandbox run it as the agent; `program` is what reachable_program() says. The limits have been set.
void add_builtin_agent(const std::string& program, const ModelTraits& model, sandbox::Spec& spec);

}   // namespace capid::runs

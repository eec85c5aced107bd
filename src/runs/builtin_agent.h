// SPDX-License-Identifier: Apache-2.0
// The built-in agent as a run's program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/spec.h"

namespace capid::runs {

/// How a model is spoken to.
struct ModelTraits {
  std::string protocol;               ///< chat_completions, responses or messages
  std::vector<std::string> accepts;   ///< the kinds of files that it looks at: image, pdf
  int64_t most_tokens = 8192;         ///< of one answer
};

/// Has the sandbox run it; `program` is what reachable_program() says. The limits have been set.
void add_builtin_agent(const std::string& program, const ModelTraits& model, sandbox::Spec& spec);

}   // namespace capid::runs

// SPDX-License-Identifier: Apache-2.0
#include "runs/builtin_agent.h"

#include "base/text.h"
#include "runs/own_program.h"

namespace capid::runs {

void add_builtin_agent(const std::string& program, const ModelTraits& model, sandbox::Spec& spec) {
  std::vector<std::string> arguments{"agent", "--protocol", model.protocol};
  arguments.insert(arguments.end(), {"--time", std::to_string(spec.limits.wall_ms)});
  arguments.insert(arguments.end(), {"--most-tokens", std::to_string(model.most_tokens)});
  if (!model.accepts.empty()) arguments.insert(arguments.end(), {"--media", base::join(model.accepts, ",")});
  show_program(program, std::move(arguments), spec);
}

}   // namespace capid::runs

// SPDX-License-Identifier: Apache-2.0
#include "cli/app_template.h"

namespace capid::cli {

std::string app_template(const std::string& name) {
  return "name: " + name + R"(
description: Says in a few sentences what the attached files hold.

# What a run is given. Types: text, textarea, integer, number, boolean, select, date, url, file.
inputs:
  question: {type: textarea, default: "What is in these files?", description: What you want to know.}

agent:
  # What the model is asked: a Mustache template. {{inputs.NAME}} is an input; each attachment has a name, a path, a type and a
  # size. {{#inputs.NAME}}...{{/inputs.NAME}} is there only where that input was given.
  prompt: |
    {{inputs.question}}

    The files:
    {{#files}}
    - {{path}} ({{type}}, {{size}} bytes)
    {{/files}}

  # What the agent may do beside answering. bash and files work in the run's sandbox; web_fetch reaches the hosts of
  # network.allow below; web_search asks the search engine of capid's config.
  tools: [bash, files]

  # model: qwen3        # one of capid's config; without it the config's default_model
  # max_turns: 40       # answers of the model, after which the run fails with MAX_TURNS

# The result must be JSON that satisfies this JSON Schema. Without it the result is any text.
# output_schema:
#   type: object
#   required: [summary]
#   properties: {summary: {type: string}}

# Hosts that the agent may reach. Without it there is no network at all.
# network: {allow: [example.org, "*.wikipedia.org"]}

limits: {timeout: 10m, memory: 512MiB, cpus: 1, pids: 64, disk: 256MiB}
)";
}

}   // namespace capid::cli

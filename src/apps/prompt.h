// SPDX-License-Identifier: Apache-2.0
// A prompt is a Mustache template over what a run was given: {{inputs.NAME}}, and in {{#files}}…{{/files}} each attachment's
// {{name}}, {{path}}, {{type}} and {{size}}.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace capid::apps {

struct InputField;

/// What is wrong with a template, for people; nothing where it can be filled in by every run of an app with these inputs.
[[nodiscard]] std::optional<std::string> prompt_problem(const std::string& text, const std::vector<InputField>& inputs);

/// The prompt of one run; `given` is what stands in /in/inputs.json. An input that was not given is nothing, and so is a boolean
/// that is false: {{#inputs.NAME}}…{{/inputs.NAME}} is there only with it, {{^inputs.NAME}}…{{/inputs.NAME}} only without.
[[nodiscard]] std::string render_prompt(const std::string& text, const Json& given);

}   // namespace capid::apps

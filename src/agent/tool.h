// SPDX-License-Identifier: Apache-2.0
// What a model may have done. Tools have no power of their own: they are the agent's, within its sandbox.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/conversation.h"
#include "base/result.h"

namespace capid::agent {

/// What a tool says to the model. Its text may be of any length: whoever shows it bounds it.
struct ToolOutput {
  std::string text;
  bool is_error = false;
};

struct Tool {
  ToolDescription description;
  std::function<ToolOutput(const Json& arguments)> use;   ///< callable from several threads at once
};

/// A schema of an object: each property as {"type", "description"}, those of `required` must be there.
[[nodiscard]] OrderedJson parameters_of(OrderedJson properties, std::vector<std::string> required);

/// An argument. Errors: kInvalidInput, for the model, where it is missing or has another type.
[[nodiscard]] Result<std::string> text_argument(const Json& arguments, const char* name);
[[nodiscard]] Result<int64_t> integer_argument(const Json& arguments, const char* name, int64_t otherwise);

/// Whether bytes look like a text: no zero byte near their beginning.
[[nodiscard]] bool is_text(std::string_view bytes);

/// The output that tells the model of an error.
[[nodiscard]] ToolOutput failed(const Error& error);
[[nodiscard]] ToolOutput failed(std::string message);

}   // namespace capid::agent

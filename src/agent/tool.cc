// SPDX-License-Identifier: Apache-2.0
#include "agent/tool.h"

#include <utility>

namespace capid::agent {
namespace {

Error wrong(const char* name, const char* what) {
  return {Code::kInvalidInput, std::string("the argument ") + name + " " + what};
}

}   // namespace

OrderedJson parameters_of(OrderedJson properties, std::vector<std::string> required) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

Result<std::string> text_argument(const Json& arguments, const char* name) {
  const Json& value = base::member(arguments, name);
  if (value.is_null()) return wrong(name, "is missing");
  if (!value.is_string()) return wrong(name, "must be a string");
  return value.get<std::string>();
}

Result<int64_t> integer_argument(const Json& arguments, const char* name, int64_t otherwise) {
  const Json& value = base::member(arguments, name);
  if (value.is_null()) return otherwise;
  if (!value.is_number_integer()) return wrong(name, "must be an integer");
  return value.get<int64_t>();
}

bool is_text(std::string_view bytes) {
  constexpr size_t kBeginning = 8'192;
  return bytes.substr(0, kBeginning).find('\0') == std::string_view::npos;
}

ToolOutput failed(const Error& error) {
  return failed(error.message + (error.detail.empty() ? "" : " (" + error.detail + ")"));
}

ToolOutput failed(std::string message) { return {.text = std::move(message), .is_error = true}; }

}   // namespace capid::agent

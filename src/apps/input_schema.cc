// SPDX-License-Identifier: Apache-2.0
#include "apps/input_schema.h"

namespace capid::apps {
namespace {

const char* json_type(InputType type) {
  switch (type) {
    case InputType::kInteger:
      return "integer";
    case InputType::kNumber:
      return "number";
    case InputType::kBoolean:
      return "boolean";
    default:
      return "string";
  }
}

const char* format_of(InputType type) {
  switch (type) {
    case InputType::kDate:
      return "date";
    case InputType::kUrl:
      return "uri";
    case InputType::kFile:
      return "binary";
    default:
      return nullptr;
  }
}

// A bound of a whole number is shown as one.
OrderedJson bound(double number) {
  const auto whole = static_cast<int64_t>(number);
  return static_cast<double>(whole) == number ? OrderedJson(whole) : OrderedJson(number);
}

}   // namespace

OrderedJson field_schema(const InputField& field) {
  OrderedJson schema{{"type", json_type(field.type)}};
  if (!field.label.empty()) schema["title"] = field.label;
  if (!field.description.empty()) schema["description"] = field.description;
  if (const char* format = format_of(field.type)) schema["format"] = format;
  if (!field.options.empty()) schema["enum"] = field.options;
  if (!field.default_value.is_null()) schema["default"] = OrderedJson(field.default_value);
  if (field.minimum) schema["minimum"] = bound(*field.minimum);
  if (field.maximum) schema["maximum"] = bound(*field.maximum);
  if (field.max_length) schema["maxLength"] = *field.max_length;
  if (!field.accept.empty()) schema["x-accept"] = field.accept;
  if (field.type == InputType::kTextarea) schema["x-multiline"] = true;
  return schema;
}

OrderedJson input_schema(const Manifest& manifest, bool with_files) {
  OrderedJson properties = OrderedJson::object(), required = OrderedJson::array();
  for (const InputField& field : manifest.inputs) {
    if (field.type == InputType::kFile && !with_files) continue;
    properties[field.name] = field_schema(field);
    if (field.required && field.default_value.is_null()) required.push_back(field.name);
  }
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

}   // namespace capid::apps

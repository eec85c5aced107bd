// SPDX-License-Identifier: Apache-2.0
#include "admin/fields.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace capid::admin {
namespace {

constexpr size_t kMost = 64 << 10;

Error wrong(const char* name, const char* must) {
  return {Code::kInvalidParameter, std::string(name) + " must be " + must, name};
}

}   // namespace

Result<Fields> Fields::read(const http::Request& request, std::initializer_list<const char*> known) {
  std::string text;
  TRY(request.read_body([&](std::string_view bytes) -> Result<void> {
    if (bytes.size() > kMost - text.size()) return Error{Code::kPayloadTooLarge, "that is too much for this form"};
    text.append(bytes);
    return {};
  }));
  if (text.empty()) return Fields(Json::object());
  if (request.media_type() != "application/json")
    return Error{Code::kUnsupportedMediaType, "send the body as application/json", "Content-Type"};
  Json object = TRY(base::parse_json(text));
  if (!object.is_object()) return Error{Code::kInvalidJson, "the body must be a JSON object"};
  const std::vector<std::string> names(known.begin(), known.end());
  for (const auto& [name, value] : object.items()) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      return Error{Code::kUnknownField, "there is no field \"" + name + "\" here" + base::did_you_mean(name, names),
                   name};
  }
  return Fields(std::move(object));
}

Result<std::string> Fields::text(const char* name) const {
  const Json& value = base::member(object_, name);
  if (!value.is_string()) return wrong(name, "a text");
  return value.get<std::string>();
}

Result<std::optional<std::string>> Fields::maybe_text(const char* name) const {
  if (base::member(object_, name).is_null()) return std::optional<std::string>{};
  return std::optional(TRY(text(name)));
}

Result<std::optional<int64_t>> Fields::maybe_number(const char* name) const {
  const Json& value = base::member(object_, name);
  if (value.is_null()) return std::optional<int64_t>{};
  if (!value.is_number_integer()) return wrong(name, "a whole number");
  return std::optional(value.get<int64_t>());
}

Result<bool> Fields::flag(const char* name) const {
  const Json& value = base::member(object_, name);
  if (value.is_null()) return false;
  if (!value.is_boolean()) return wrong(name, "true or false");
  return value.get<bool>();
}

}   // namespace capid::admin

// SPDX-License-Identifier: Apache-2.0
// The JSON object that a change of the page's comes with, read field by field.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

#include "http/message.h"

namespace capid::admin {

class Fields {
 public:
  /// Reads the body: a JSON object of at most 64 KiB with no other fields than `known`; no body is an empty one. Errors:
  /// kUnsupportedMediaType (a form of another page can send anything but JSON), kInvalidJson, kPayloadTooLarge, kUnknownField.
  [[nodiscard]] static Result<Fields> read(const http::Request& request, std::initializer_list<const char*> known);

  /// Errors: kInvalidParameter, with the field, for one that is missing or of another type. The optional ones may be null.
  [[nodiscard]] Result<std::string> text(const char* name) const;
  [[nodiscard]] Result<std::optional<std::string>> maybe_text(const char* name) const;
  [[nodiscard]] Result<std::optional<int64_t>> maybe_number(const char* name) const;
  [[nodiscard]] Result<bool> flag(const char* name) const;   ///< false where it is missing

 private:
  explicit Fields(Json object) : object_(std::move(object)) {}

  Json object_;
};

}   // namespace capid::admin

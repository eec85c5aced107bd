// SPDX-License-Identifier: Apache-2.0
// JSON: what strangers send is parsed with bounds, what we answer keeps the order in which it was written.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace capid {

/// For what comes in. Its objects are trees: a hostile object with 100,000 keys costs no more than it should.
using Json = nlohmann::json;

/// For what goes out. Its objects keep their order, and are slow with many keys: never parse a stranger's bytes into
/// one.
using OrderedJson = nlohmann::ordered_json;

namespace base {

struct Member {
  const char* name;
  OrderedJson value;
};

/// An object of these members, in this order; no name stands twice. What the library makes of `{{"a", 1}, {"b", 2}}` is an
/// array for every member first, and copies of all of them as the object grows.
template <size_t N>
[[nodiscard]] OrderedJson object(Member (&&members)[N]) {
  OrderedJson::object_t object;
  object.reserve(N);
  for (Member& member : members) object.emplace_back(member.name, std::move(member.value));
  return object;
}

/// null where there is none.
template <typename T>
[[nodiscard]] OrderedJson or_null(const std::optional<T>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

/// The same for a time, as to_iso8601 shows it.
[[nodiscard]] OrderedJson time_or_null(const std::optional<TimeMs>& time);

/// Parses one JSON text: UTF-8, nothing after it, nested at most 64 deep. Errors: kInvalidJson, with the place.
[[nodiscard]] Result<Json> parse_json(std::string_view text);

/// A member of an object; null where there is none, or no object.
[[nodiscard]] const Json& member(const Json& object, const char* name);

/// What a string holds; empty where it is none.
[[nodiscard]] std::string_view text_of(const Json& value);

/// The text of `json`; strings that are not UTF-8 are mended rather than refused.
[[nodiscard]] std::string dump(const Json& json);
[[nodiscard]] std::string dump(const OrderedJson& json);

}   // namespace base
}   // namespace capid

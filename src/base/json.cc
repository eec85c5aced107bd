// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

namespace capid::base {
namespace {

constexpr int kMaxDepth = 64;

struct TooDeep {};

}   // namespace

OrderedJson time_or_null(const std::optional<TimeMs>& time) {
  return time ? OrderedJson(to_iso8601(*time)) : OrderedJson(nullptr);
}

Result<Json> parse_json(std::string_view text) {
  using Event = Json::parse_event_t;
  const Json::parser_callback_t bound_depth = [](int depth, Event event, Json&) {
    if (depth >= kMaxDepth && (event == Event::object_start || event == Event::array_start)) throw TooDeep{};
    return true;
  };
  // The library takes a NUL for the end, and would not look at what comes after it.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return Error{Code::kInvalidJson, "this is not valid JSON: it breaks at byte " + std::to_string(nul + 1)};
  }
  try {
    return Json::parse(text.begin(), text.end(), bound_depth);
  } catch (const TooDeep&) {
    return Error{Code::kInvalidJson, "the JSON is nested more than 64 levels deep"};
  } catch (const Json::parse_error& error) {
    return Error{Code::kInvalidJson, "this is not valid JSON: it breaks at byte " + std::to_string(error.byte)};
  } catch (const Json::exception&) {
    return Error{Code::kInvalidJson, "this is not valid JSON: a number is out of range"};
  }
}

const Json& member(const Json& object, const char* name) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string_view text_of(const Json& value) {
  return value.is_string() ? std::string_view(value.get_ref<const std::string&>()) : std::string_view();
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }
std::string dump(const OrderedJson& json) { return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace); }

}   // namespace capid::base

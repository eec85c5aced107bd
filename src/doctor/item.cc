// SPDX-License-Identifier: Apache-2.0
#include "doctor/item.h"

#include <algorithm>
#include <optional>

namespace capid::doctor {
namespace {

constexpr Severity kAll[] = {Severity::kOk, Severity::kInfo, Severity::kWarning, Severity::kError};

std::optional<Severity> severity_named(std::string_view name) {
  for (const Severity severity : kAll) {
    if (to_string(severity) == name) return severity;
  }
  return std::nullopt;
}

// Nothing where a member is missing or is no text.
std::optional<Item> from_json(const Json& json) {
  const auto text = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto severity = json.is_object() ? severity_named(text("severity")) : std::nullopt;
  if (!severity || text("id").empty()) return std::nullopt;
  return Item{text("id"), text("title"), {*severity, text("finding"), text("fix")}};
}

}   // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kOk:
      return "ok";
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "?";
}

Severity worst(std::span<const Item> items) {
  Severity worst = Severity::kOk;
  for (const Item& item : items) worst = std::max(worst, item.answer.severity);
  return worst;
}

OrderedJson to_json(const Item& item) {
  const Answer& answer = item.answer;
  return base::object({{"id", item.id},
                       {"title", item.title},
                       {"severity", to_string(answer.severity)},
                       {"finding", answer.finding},
                       {"fix", answer.fix.empty() ? OrderedJson(nullptr) : OrderedJson(answer.fix)}});
}

Result<std::vector<Item>> items_from_json(std::string_view text) {
  const Error garbled{Code::kInternal, "what the checks found could not be read"};
  const Json json = TRY(base::parse_json(text));
  if (!json.is_array()) return garbled;
  std::vector<Item> items;
  for (const Json& one : json) {
    auto item = from_json(one);
    if (!item) return garbled;
    items.push_back(std::move(*item));
  }
  return items;
}

}   // namespace capid::doctor

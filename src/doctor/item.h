// SPDX-License-Identifier: Apache-2.0
// What the doctor says: one item for each thing that was looked at. Data only.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace capid::doctor {

/// The worst one is the report's. With kInfo everything is as it should be; it is only worth knowing.
enum class Severity { kOk, kInfo, kWarning, kError };

[[nodiscard]] std::string_view to_string(Severity severity);

/// What one check found.
struct Answer {
  Severity severity = Severity::kOk;
  std::string finding;    ///< one sentence, for the operator
  std::string fix = {};   ///< the command or the config's line that mends it; empty: there is none, or nothing to mend
};

[[nodiscard]] inline Answer ok(std::string finding) { return {Severity::kOk, std::move(finding)}; }
[[nodiscard]] inline Answer info(std::string finding, std::string fix = {}) {
  return {Severity::kInfo, std::move(finding), std::move(fix)};
}
[[nodiscard]] inline Answer warning(std::string finding, std::string fix) {
  return {Severity::kWarning, std::move(finding), std::move(fix)};
}
[[nodiscard]] inline Answer error(std::string finding, std::string fix) {
  return {Severity::kError, std::move(finding), std::move(fix)};
}

struct Item {
  std::string id;   ///< stable: scripts may look for it
  std::string title;
  Answer answer;
};

/// Of no items: kOk.
[[nodiscard]] Severity worst(std::span<const Item> items);

/// {"id", "title", "severity", "finding", "fix"}, with null for no fix.
[[nodiscard]] OrderedJson to_json(const Item& item);

/// The items of an array that to_json made the elements of. Errors: kInternal.
[[nodiscard]] Result<std::vector<Item>> items_from_json(std::string_view text);

}   // namespace capid::doctor

// SPDX-License-Identifier: Apache-2.0
// Lists of runs: newest first, filtered, in pages. Every filter alone, and app with status, stands on an index, so
// that a page costs the same with a thousand runs or millions. A label with anything else is looked at run by run: where many
// have the one and few the other, a page may cost a look at all that have the one.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/runs.h"

namespace capid::store {

/// A tag or a metadata entry that a run must have.
struct Label {
  std::string name;
  std::string value;
};

[[nodiscard]] Label tag_label(const std::string& tag);
[[nodiscard]] Label metadata_label(const std::string& key, const std::string& value);

struct RunFilter {
  std::string account;
  std::optional<std::string> app;
  std::optional<RunStatus> status;
  std::vector<Label> labels;           ///< at most kMaxLabels; a run must have all
  std::optional<std::string> before;   ///< only runs with a smaller id
  int64_t limit = 20;
  int64_t offset = 0;
};

inline constexpr size_t kMaxLabels = 2;

/// The statement that answers a filter: for a test that looks at how it is carried out.
[[nodiscard]] const char* list_statement(const RunFilter& filter);

/// The ids of one page, newest first.
[[nodiscard]] Result<std::vector<std::string>> list_run_ids(Database& database, const RunFilter& filter);

}   // namespace capid::store

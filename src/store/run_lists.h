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
  std::optional<std::string> account;   ///< nothing: of every account; then no labels
  std::optional<std::string> app;
  std::optional<RunStatus> status;
  std::vector<Label> labels;           ///< at most kMaxLabels; a run must have all
  std::optional<std::string> key;      ///< only runs that this key started; then no labels
  std::optional<std::string> before;   ///< only runs with a smaller id
  int64_t limit = 20;
  int64_t offset = 0;
};

inline constexpr size_t kMaxLabels = 2;

/// The statement that answers a filter: for a test that looks at how it is carried out.
[[nodiscard]] const char* list_statement(const RunFilter& filter);

/// The ids of one page, newest first.
[[nodiscard]] Result<std::vector<std::string>> list_run_ids(Database& database, const RunFilter& filter);

/// What a list for people shows of a run.
struct RunSummary {
  std::string id;
  RunStatus status = RunStatus::kPending;
  std::optional<std::string> thread;   ///< nothing before it began
  std::string app;
  std::string app_name;
  std::string origin;
  std::optional<std::string> key_name;
  std::string account_name;
  std::string inputs;   ///< a JSON object, or an empty text where it is larger than kMaxSummaryInputs
  std::optional<std::string> error_code;
  int64_t credits = 0;   ///< micro-credits
  int64_t wall_ms = 0;
  base::TimeMs created_at = 0;
  std::optional<base::TimeMs> started_at;
  std::optional<base::TimeMs> completed_at;
};

inline constexpr int64_t kMaxSummaryInputs = 16 << 10;

[[nodiscard]] Result<std::optional<RunSummary>> summarize_run(Database& database, const std::string& id);

/// The newest runs of a thread, at most `limit`, in the order in which they were accepted.
[[nodiscard]] Result<std::vector<std::string>> runs_of_thread(Database& database, const std::string& thread,
                                                              int64_t limit);

/// How many runs there are of a status that few have: pending or running.
[[nodiscard]] Result<int64_t> count_runs(Database& database, RunStatus status);

/// How many runs are not over: of an account, or of all.
[[nodiscard]] Result<int64_t> count_unfinished_runs(Database& database, const std::optional<std::string>& account);

}   // namespace capid::store

// SPDX-License-Identifier: Apache-2.0
#include "store/run_lists.h"

#include <algorithm>

#include "store/run_rows.h"

namespace capid::store {
namespace {

// One statement a shape, each on the index of its own: account and id are always known, so a page is read off one end of
// it. All take the same values: 1 account, 2 before, 3 app, 4 status, 5-6 a label (or 5 a key), 7-8 another, 9 limit, 10 offset.
constexpr const char* kAll = R"sql(
  SELECT id FROM runs WHERE account_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?9 OFFSET ?10)sql";
constexpr const char* kOfApp = R"sql(
  SELECT id FROM runs WHERE account_id = ?1 AND app_id = ?3 AND id < ?2 ORDER BY id DESC LIMIT ?9 OFFSET ?10)sql";
constexpr const char* kOfStatus = R"sql(
  SELECT id FROM runs WHERE account_id = ?1 AND status = ?4 AND id < ?2 ORDER BY id DESC LIMIT ?9 OFFSET ?10)sql";
constexpr const char* kOfAppAndStatus = R"sql(
  SELECT id FROM runs WHERE account_id = ?1 AND app_id = ?3 AND status = ?4 AND id < ?2
  ORDER BY id DESC LIMIT ?9 OFFSET ?10)sql";
// The other filters are looked at run by run.
constexpr const char* kOfLabel = R"sql(
  SELECT run_id FROM run_labels AS label
  WHERE account_id = ?1 AND name = ?5 AND value = ?6 AND run_id < ?2
    AND (?3 IS NULL OR app_id = ?3)
    AND (?4 IS NULL OR EXISTS (SELECT 1 FROM runs WHERE runs.id = label.run_id AND runs.status = ?4))
    AND (?7 IS NULL OR EXISTS (SELECT 1 FROM run_labels AS other WHERE other.account_id = ?1 AND other.name = ?7
                               AND other.value = ?8 AND other.run_id = label.run_id))
  ORDER BY run_id DESC LIMIT ?9 OFFSET ?10)sql";
// Few runs are unfinished or were cancelled, and a label may be on most: then it is the runs that are looked at one by one.
constexpr const char* kOfRareStatusAndLabel = R"sql(
  SELECT id FROM runs
  WHERE account_id = ?1 AND status = ?4 AND id < ?2
    AND (?3 IS NULL OR app_id = ?3)
    AND EXISTS (SELECT 1 FROM run_labels AS label WHERE label.account_id = ?1 AND label.name = ?5 AND label.value = ?6
                AND label.run_id = runs.id)
    AND (?7 IS NULL OR EXISTS (SELECT 1 FROM run_labels AS other WHERE other.account_id = ?1 AND other.name = ?7
                               AND other.value = ?8 AND other.run_id = runs.id))
  ORDER BY id DESC LIMIT ?9 OFFSET ?10)sql";

// Of everybody, for who may see that, and of a key. With a status as well, runs are looked at one by one: within the status, unless
// that is what most have.
constexpr const char* kEverybodys = R"sql(
  SELECT id FROM runs WHERE id < ?2 ORDER BY id DESC LIMIT ?9 OFFSET ?10)sql";
constexpr const char* kEverybodysOfApp = R"sql(
  SELECT id FROM runs INDEXED BY runs_by_app_id WHERE app_id = ?3 AND id < ?2 AND (?4 IS NULL OR status = ?4)
  ORDER BY id DESC LIMIT ?9 OFFSET ?10)sql";
constexpr const char* kEverybodysOfAppAndStatus = R"sql(
  SELECT id FROM runs INDEXED BY runs_by_status WHERE status = ?4 AND id < ?2 AND app_id = ?3
  ORDER BY id DESC LIMIT ?9 OFFSET ?10)sql";
constexpr const char* kEverybodysOfStatus = R"sql(
  SELECT id FROM runs INDEXED BY runs_by_status WHERE status = ?4 AND id < ?2 ORDER BY id DESC LIMIT ?9 OFFSET ?10)sql";
constexpr const char* kOfKey = R"sql(
  SELECT id FROM runs INDEXED BY runs_by_key WHERE key_id = ?5 AND id < ?2 AND (?1 IS NULL OR account_id = ?1)
    AND (?3 IS NULL OR app_id = ?3) AND (?4 IS NULL OR status = ?4)
  ORDER BY id DESC LIMIT ?9 OFFSET ?10)sql";
constexpr const char* kOfKeyAndStatus = R"sql(
  SELECT id FROM runs INDEXED BY runs_by_status WHERE status = ?4 AND id < ?2 AND key_id = ?5
    AND (?1 IS NULL OR account_id = ?1) AND (?3 IS NULL OR app_id = ?3)
  ORDER BY id DESC LIMIT ?9 OFFSET ?10)sql";

// Sorts after every id.
constexpr const char* kAfterAll = "~";

bool is_rare(RunStatus status) { return status != RunStatus::kCompleted && status != RunStatus::kFailed; }

}   // namespace

const char* list_statement(const RunFilter& filter) {
  const bool most_are_others = filter.status && *filter.status != RunStatus::kCompleted;
  if (filter.key) return most_are_others ? kOfKeyAndStatus : kOfKey;
  if (!filter.account && filter.app) return most_are_others ? kEverybodysOfAppAndStatus : kEverybodysOfApp;
  if (!filter.account) return filter.status ? kEverybodysOfStatus : kEverybodys;
  if (!filter.labels.empty()) return filter.status && is_rare(*filter.status) ? kOfRareStatusAndLabel : kOfLabel;
  if (filter.app) return filter.status ? kOfAppAndStatus : kOfApp;
  return filter.status ? kOfStatus : kAll;
}

Label tag_label(const std::string& tag) { return {kTagLabel, tag}; }
Label metadata_label(const std::string& key, const std::string& value) { return {kMetadataLabel + key, value}; }

Result<std::vector<std::string>> list_run_ids(Database& database, const RunFilter& filter) {
  CHECK(filter.labels.size() <= kMaxLabels);
  CHECK(filter.labels.empty() || (filter.account && !filter.key));
  const auto status = filter.status ? std::optional(to_string(*filter.status)) : std::nullopt;
  const auto label = [&](size_t i, std::string Label::*part) {
    return i < filter.labels.size() ? std::optional(filter.labels[i].*part) : std::nullopt;
  };
  // Held by name: a Value only borrows its text.
  const auto name = filter.key ? filter.key : label(0, &Label::name), value = label(0, &Label::value);
  const auto other_name = label(1, &Label::name), other_value = label(1, &Label::value);
  return read_all(database.query(list_statement(filter), filter.account, filter.before.value_or(kAfterAll), filter.app,
                                 status, name, value, other_name, other_value, filter.limit, filter.offset),
                  [](Query& row) { return row.text(0); });
}

Result<std::optional<RunSummary>> summarize_run(Database& database, const std::string& id) {
  return read_one(
      database.query(
          R"sql(SELECT runs.id, runs.status, runs.thread_id, runs.app_id, runs.app_name, runs.origin, keys.name,
                                  accounts.name, CASE WHEN length(runs.inputs) <= ?2 THEN runs.inputs ELSE '' END,
                                  runs.error_code, runs.credits, runs.wall_ms, runs.created_at, runs.started_at,
                                  runs.completed_at
                           FROM runs JOIN accounts ON accounts.id = runs.account_id LEFT JOIN keys ON keys.id = runs.key_id
                           WHERE runs.id = ?1)sql",
          id, kMaxSummaryInputs),
      [](Query& row) {
        const auto started_at = row.maybe_integer(13);
        return RunSummary{.id = row.text(0),
                          .status = to_run_status(row.text(1)).value_or(RunStatus::kPending),
                          .thread = started_at ? row.maybe_text(2) : std::nullopt,
                          .app = row.text(3),
                          .app_name = row.text(4),
                          .origin = row.text(5),
                          .key_name = row.maybe_text(6),
                          .account_name = row.text(7),
                          .inputs = row.text(8),
                          .error_code = row.maybe_text(9),
                          .credits = row.integer(10),
                          .wall_ms = row.integer(11),
                          .created_at = row.integer(12),
                          .started_at = started_at,
                          .completed_at = row.maybe_integer(14)};
      });
}

Result<std::vector<std::string>> runs_of_thread(Database& database, const std::string& thread, int64_t limit) {
  auto ids =
      TRY(read_all(database.query("SELECT id FROM runs WHERE thread_id = ? ORDER BY id DESC LIMIT ?", thread, limit),
                   [](Query& row) { return row.text(0); }));
  std::reverse(ids.begin(), ids.end());
  return ids;
}

Result<int64_t> count_runs(Database& database, RunStatus status) {
  const auto count = TRY(read_one(database.query("SELECT count(*) FROM runs WHERE status = ?", to_string(status)),
                                  [](Query& row) { return row.integer(0); }));
  return count.value_or(0);
}

Result<int64_t> count_unfinished_runs(Database& database, const std::optional<std::string>& account) {
  const char* of_all = "SELECT count(*) FROM runs WHERE status IN ('pending', 'running') AND ?1 IS NULL";
  const char* of_one = "SELECT count(*) FROM runs WHERE account_id = ?1 AND status IN ('pending', 'running')";
  const auto count =
      TRY(read_one(database.query(account ? of_one : of_all, account), [](Query& row) { return row.integer(0); }));
  return count.value_or(0);
}

}   // namespace capid::store

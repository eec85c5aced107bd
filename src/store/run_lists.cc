// SPDX-License-Identifier: Apache-2.0
#include "store/run_lists.h"

#include "store/run_rows.h"

namespace capid::store {
namespace {

// One statement a shape, each on the index of its own: account and id are always known, so a page is read off one end of
// it. All take the same values: 1 account, 2 before, 3 app, 4 status, 5-6 a label, 7-8 another, 9 limit, 10 offset.
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

// Sorts after every id.
constexpr const char* kAfterAll = "~";

bool is_rare(RunStatus status) { return status != RunStatus::kCompleted && status != RunStatus::kFailed; }

}   // namespace

const char* list_statement(const RunFilter& filter) {
  if (!filter.labels.empty()) return filter.status && is_rare(*filter.status) ? kOfRareStatusAndLabel : kOfLabel;
  if (filter.app) return filter.status ? kOfAppAndStatus : kOfApp;
  return filter.status ? kOfStatus : kAll;
}

Label tag_label(const std::string& tag) { return {kTagLabel, tag}; }
Label metadata_label(const std::string& key, const std::string& value) { return {kMetadataLabel + key, value}; }

Result<std::vector<std::string>> list_run_ids(Database& database, const RunFilter& filter) {
  CHECK(filter.labels.size() <= kMaxLabels);
  const auto status = filter.status ? std::optional(to_string(*filter.status)) : std::nullopt;
  const auto label = [&](size_t i, std::string Label::*part) {
    return i < filter.labels.size() ? std::optional(filter.labels[i].*part) : std::nullopt;
  };
  // Held by name: a Value only borrows its text.
  const auto name = label(0, &Label::name), value = label(0, &Label::value);
  const auto other_name = label(1, &Label::name), other_value = label(1, &Label::value);
  return read_all(database.query(list_statement(filter), filter.account, filter.before.value_or(kAfterAll), filter.app,
                                 status, name, value, other_name, other_value, filter.limit, filter.offset),
                  [](Query& row) { return row.text(0); });
}

}   // namespace capid::store

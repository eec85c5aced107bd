// SPDX-License-Identifier: Apache-2.0
#include "store/removal.h"

#include <algorithm>
#include <numeric>

#include "base/ids.h"
#include "store/moments.h"

namespace capid::store {
namespace {

// A run's file is nobody else's, but a row of another one with the same bytes would keep them.
Result<void> note_unused(Transaction& transaction, const std::vector<std::string>& blobs) {
  for (const std::string& blob : blobs) {
    TRY(transaction.database().execute(
        R"sql(INSERT OR IGNORE INTO removed_blobs (name) SELECT ?1
              WHERE NOT EXISTS (SELECT 1 FROM run_files WHERE blob = ?1) AND NOT EXISTS (SELECT 1 FROM artifacts WHERE blob = ?1))sql",
        blob));
  }
  return {};
}

Result<std::vector<std::string>> texts(Result<Query> query) {
  return read_all(std::move(query), [](Query& row) { return row.text(0); });
}

Result<int64_t> sum(Result<Query> query) {
  return TRY(read_one(std::move(query), [](Query& row) { return row.integer(0); })).value_or(0);
}

Result<void> shrink(Transaction& transaction, const std::string& run, int64_t bytes) {
  if (bytes == 0) return {};
  Database& database = transaction.database();
  TRY(database.execute("UPDATE app_sizes SET bytes = bytes - ?2 WHERE app_id = (SELECT app_id FROM runs WHERE id = ?1)",
                       run, bytes));
  TRY(database.execute("UPDATE runs SET stored_bytes = stored_bytes - ?2 WHERE id = ?1", run, bytes));
  return {};
}

struct FileTable {
  const char* blobs;
  const char* size;
  const char* forget;
};

#define CAPID_FILE_TABLE(table)                                            \
  FileTable {                                                              \
    "SELECT blob FROM " table " WHERE run_id = ? AND blob <> ''",          \
        "SELECT sum(size) FROM " table " WHERE run_id = ? AND blob <> ''", \
        "UPDATE " table " SET blob = '' WHERE run_id = ?"                  \
  }
constexpr FileTable kInputFiles = CAPID_FILE_TABLE("run_files");
constexpr FileTable kArtifactFiles = CAPID_FILE_TABLE("artifacts");
#undef CAPID_FILE_TABLE

Result<void> remove_bytes(Transaction& transaction, const std::string& run, const FileTable& table) {
  Database& database = transaction.database();
  const auto blobs = TRY(texts(database.query(table.blobs, run)));
  if (blobs.empty()) return {};
  TRY(shrink(transaction, run, TRY(sum(database.query(table.size, run)))));
  TRY(database.execute(table.forget, run));
  return note_unused(transaction, blobs);
}

}   // namespace

Result<std::vector<std::string>> apps_with_versions(Database& database) {
  return texts(database.query("SELECT DISTINCT app_id FROM app_versions"));
}

// Ids tell when a run was accepted, so the index ends the search where the young ones begin.
Result<std::vector<std::string>> removable_runs(Database& database, const OldRuns& old) {
  return texts(database.query(
      R"sql(SELECT id FROM runs INDEXED BY runs_by_app_id
            WHERE app_id = ?1 AND id < ?2 AND id > ?3 AND completed_at < ?4
              AND NOT EXISTS (SELECT 1 FROM deliveries WHERE run_id = runs.id AND status IN ('pending', 'sending'))
            ORDER BY id LIMIT ?5)sql",
      old.app, base::first_id_at(old.before), old.after, old.before, old.limit));
}

Result<std::vector<SizedRun>> oldest_removable_runs(Database& database, const std::optional<std::string>& app,
                                                    int64_t limit) {
  const char* of_all =
      R"sql(SELECT id, stored_bytes FROM runs WHERE ?1 IS NULL AND completed_at IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM deliveries WHERE run_id = runs.id AND status IN ('pending', 'sending'))
            ORDER BY id LIMIT ?2)sql";
  const char* of_app =
      R"sql(SELECT id, stored_bytes FROM runs INDEXED BY runs_by_app_id WHERE app_id = ?1 AND completed_at IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM deliveries WHERE run_id = runs.id AND status IN ('pending', 'sending'))
            ORDER BY id LIMIT ?2)sql";
  return read_all(database.query(app ? of_app : of_all, app, limit),
                  [](Query& row) { return SizedRun{.id = row.text(0), .bytes = row.integer(1)}; });
}

#define CAPID_ENDED_RUNS_WITH(what)                                                                                \
  "SELECT id FROM runs INDEXED BY runs_by_app_id WHERE app_id = ?1 AND id < ?2 AND id > ?3 AND completed_at < ?4 " \
  "AND EXISTS (SELECT 1 FROM " what ") ORDER BY id LIMIT ?5"

Result<std::vector<std::string>> ended_runs(Database& database, Hanging kind, const OldRuns& old) {
  const char* with_files = CAPID_ENDED_RUNS_WITH("run_files WHERE run_id = runs.id AND blob <> ''");
  const char* with_artifacts = CAPID_ENDED_RUNS_WITH("artifacts WHERE run_id = runs.id AND blob <> ''");
  const char* with_events = CAPID_ENDED_RUNS_WITH(
      "events WHERE thread_id = runs.thread_id AND sequence > runs.thread_start AND run_id = runs.id");
  const char* statement = kind == Hanging::kFiles       ? with_files
                          : kind == Hanging::kArtifacts ? with_artifacts
                                                        : with_events;
  return texts(database.query(statement, old.app, base::first_id_at(old.before), old.after, old.before, old.limit));
}

#undef CAPID_ENDED_RUNS_WITH

Result<void> remove_bytes_of_files(Transaction& transaction, const std::string& run) {
  return remove_bytes(transaction, run, kInputFiles);
}

Result<void> remove_bytes_of_artifacts(Transaction& transaction, const std::string& run) {
  return remove_bytes(transaction, run, kArtifactFiles);
}

// Those of one run lie between its own start in the thread and the next run's.
Result<bool> remove_events(Transaction& transaction, const std::string& run, int64_t& budget) {
  const auto sizes = TRY(read_all(transaction.database().query(
                                      R"sql(DELETE FROM events WHERE (thread_id, sequence) IN
              (SELECT events.thread_id, events.sequence FROM runs JOIN events ON events.thread_id = runs.thread_id
                 AND events.sequence > runs.thread_start AND events.sequence <= coalesce(
                   (SELECT min(later.thread_start) FROM runs AS later
                    WHERE later.thread_id = runs.thread_id AND later.thread_start > runs.thread_start), 9223372036854775807)
               WHERE runs.id = ?1 AND events.run_id = ?1 LIMIT ?2)
            RETURNING length(CAST(data AS BLOB)))sql",
                                      run, std::max<int64_t>(budget, 0)),
                                  [](Query& row) { return row.integer(0); }));
  budget -= static_cast<int64_t>(sizes.size());
  TRY(shrink(transaction, run, std::accumulate(sizes.begin(), sizes.end(), int64_t{0})));
  return budget > 0;
}

Result<bool> remove_run(Transaction& transaction, const std::string& run, int64_t& budget) {
  const auto on_its_way =
      TRY(read_one(transaction.database().query(
                       "SELECT 1 FROM deliveries WHERE run_id = ? AND status IN ('pending', 'sending') LIMIT 1", run),
                   [](Query&) { return true; }));
  if (on_its_way) return true;   // it was sent again meanwhile
  if (!TRY(remove_events(transaction, run, budget))) return false;
  TRY(remove_bytes_of_files(transaction, run));
  TRY(remove_bytes_of_artifacts(transaction, run));
  Database& database = transaction.database();
  const auto thread = TRY(read_one(database.query("SELECT thread_id FROM runs WHERE id = ?", run),
                                   [](Query& row) { return row.maybe_text(0); }));
  TRY(shrink(transaction, run, TRY(sum(database.query("SELECT stored_bytes FROM runs WHERE id = ?", run)))));
  for (const char* rest :
       {"DELETE FROM delivery_bodies WHERE delivery_id IN (SELECT id FROM deliveries WHERE run_id = ?)",
        "DELETE FROM delivery_attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE run_id = ?)",
        "DELETE FROM deliveries WHERE run_id = ?", "DELETE FROM run_files WHERE run_id = ?",
        "DELETE FROM artifacts WHERE run_id = ?", "DELETE FROM run_labels WHERE run_id = ?",
        "DELETE FROM runs WHERE id = ?"})
    TRY(database.execute(rest, run));
  if (thread && *thread) {
    TRY(
        database.execute("DELETE FROM threads WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM runs WHERE thread_id = ?1) "
                         "AND NOT EXISTS (SELECT 1 FROM events WHERE thread_id = ?1)",
                         **thread));
  }
  return true;
}

Result<int64_t> remove_deliveries(Transaction& transaction, base::TimeMs before, int64_t limit) {
  struct Old {
    std::string id;
    std::optional<std::string> run;
    int64_t bytes = 0;
  };
  Database& database = transaction.database();
  const auto all = TRY(read_all(
      database.query("SELECT id, run_id, bytes FROM deliveries WHERE id < ? AND status IN ('delivered', 'failed') AND "
                     "ended_at < ? ORDER BY id LIMIT ?",
                     base::first_id_at(before), before, limit),
      [](Query& row) { return Old{.id = row.text(0), .run = row.maybe_text(1), .bytes = row.integer(2)}; }));
  for (const Old& old : all) {
    if (old.run) TRY(shrink(transaction, *old.run, old.bytes));
    for (const char* rest :
         {"DELETE FROM delivery_bodies WHERE delivery_id = ?", "DELETE FROM delivery_attempts WHERE delivery_id = ?",
          "DELETE FROM deliveries WHERE id = ?"})
      TRY(database.execute(rest, old.id));
  }
  return static_cast<int64_t>(all.size());
}

Result<int64_t> remove_audit(Transaction& transaction, base::TimeMs before, int64_t limit) {
  return transaction.database().execute(
      "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < ? AND created_at < ? ORDER BY id LIMIT ?)",
      base::first_id_at(before), before, limit);
}

Result<std::vector<std::string>> removed_blobs(Transaction& transaction, int64_t limit) {
  if (TRY(files_are_held(transaction))) return std::vector<std::string>{};
  return texts(transaction.database().query("SELECT name FROM removed_blobs LIMIT ?", limit));
}

Result<void> forget_removed_blob(Transaction& transaction, const std::string& name) {
  TRY(transaction.database().execute("DELETE FROM removed_blobs WHERE name = ?", name));
  return {};
}

Result<void> note_size(Transaction& transaction, const std::string& run) {
  Database& database = transaction.database();
  TRY(database.execute(
      R"sql(UPDATE runs SET stored_bytes = length(CAST(inputs AS BLOB)) + coalesce(length(CAST(result_text AS BLOB)), 0)
              + (SELECT coalesce(sum(length(CAST(data AS BLOB))), 0) FROM events
                 WHERE thread_id = runs.thread_id AND run_id = runs.id AND sequence > runs.thread_start)
              + (SELECT coalesce(sum(size), 0) FROM run_files WHERE run_id = runs.id)
              + (SELECT coalesce(sum(size), 0) FROM artifacts WHERE run_id = runs.id)
              + (SELECT coalesce(sum(bytes), 0) FROM deliveries WHERE run_id = runs.id)
            WHERE id = ?)sql",
      run));
  TRY(database.execute(
      R"sql(INSERT INTO app_sizes (app_id, bytes) SELECT app_id, stored_bytes FROM runs WHERE id = ?
            ON CONFLICT (app_id) DO UPDATE SET bytes = bytes + excluded.bytes)sql",
      run));
  return {};
}

Result<int64_t> stored_bytes(Database& database, const std::optional<std::string>& app) {
  return sum(database.query("SELECT coalesce(sum(bytes), 0) FROM app_sizes WHERE ?1 IS NULL OR app_id = ?1", app));
}

}   // namespace capid::store

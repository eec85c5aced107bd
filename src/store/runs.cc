// SPDX-License-Identifier: Apache-2.0
#include "store/runs.h"

#include <array>

namespace capid::store {
namespace {

constexpr std::array<std::string_view, 5> kStatusNames{"pending", "running", "completed", "failed", "cancelled"};

RunStatus to_status(std::string_view text) {
  for (size_t i = 0; i < kStatusNames.size(); ++i) {
    if (kStatusNames[i] == text) return static_cast<RunStatus>(i);
  }
  CHECK(!"a status that the schema does not allow");
  return RunStatus::kFailed;
}

Run read_run(Query& row) {
  return {
      .id = row.text(0),
      .account = row.text(1),
      .app = row.text(2),
      .app_name = row.text(3),
      .app_version = row.text(4),
      .key = row.maybe_text(5),
      .origin = row.text(6),
      .status = to_status(row.text(7)),
      .thread = row.maybe_text(8),
      .inputs = row.text(9),
      .model = row.maybe_text(10),
      .result_text = row.maybe_text(11),
      .error_code = row.maybe_text(12),
      .error_message = row.maybe_text(13),
      .credits = row.integer(14),
      .cpu_ms = row.integer(15),
      .peak_memory_bytes = row.integer(16),
      .wall_ms = row.integer(17),
      .created_at = row.integer(18),
      .started_at = row.maybe_integer(19),
      .completed_at = row.maybe_integer(20),
      .attempt = row.integer(21),
  };
}

UnfinishedRun read_unfinished(Query& row) {
  return {.id = row.text(0),
          .account = row.text(1),
          .thread = row.maybe_text(2),
          .app = row.text(3),
          .app_version = row.text(4),
          .attempt = row.integer(5)};
}

Result<void> insert_files(Transaction& transaction, const std::string& run, const std::vector<RunFile>& files) {
  for (size_t i = 0; i < files.size(); ++i) {
    TRY(
        transaction.database().execute("INSERT INTO run_files (run_id, position, name, type, size, sha256, blob, "
                                       "input) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                                       run, static_cast<int64_t>(i), files[i].name, files[i].type, files[i].size,
                                       files[i].sha256, files[i].blob, files[i].input));
  }
  return {};
}

}   // namespace

std::string_view to_string(RunStatus status) { return kStatusNames[static_cast<size_t>(status)]; }

Result<std::string> insert_run(Transaction& transaction, const NewRun& run) {
  const std::string id = transaction.new_id();
  const int64_t inserted = TRY(transaction.database().execute(
      R"sql(INSERT INTO runs (id, account_id, app_id, app_name, app_version, key_id, origin, status, inputs, model_id, created_at)
            SELECT ?, ?, app_id, ?, version, ?, ?, 'pending', ?, ?, ? FROM app_versions WHERE app_id = ? AND version = ?)sql",
      id, run.account, run.app_name, run.key, run.key ? "api" : "ui", run.inputs, run.model, transaction.now_ms(),
      run.app, run.app_version));
  if (inserted == 0) return Error{Code::kAppNotFound, "the app was changed or removed at this very moment: try again"};
  TRY(insert_files(transaction, id, run.files));
  return id;
}

Result<std::optional<Run>> find_run(Database& database, const std::string& id) {
  return read_one(
      database.query(
          R"sql(SELECT id, account_id, app_id, app_name, app_version, key_id, origin, status, thread_id, inputs, model_id,
                                   result_text, error_code, error_message, credits, cpu_ms, peak_memory_bytes, wall_ms,
                                   created_at, started_at, completed_at, attempt
                            FROM runs WHERE id = ?)sql",
          id),
      read_run);
}

Result<std::vector<RunFile>> files_of_run(Database& database, const std::string& id) {
  return read_all(
      database.query("SELECT name, type, size, sha256, blob, input FROM run_files WHERE run_id = ? ORDER BY position",
                     id),
      [](Query& row) {
        return RunFile{.name = row.text(0),
                       .type = row.text(1),
                       .size = row.integer(2),
                       .sha256 = row.text(3),
                       .blob = row.text(4),
                       .input = row.maybe_text(5)};
      });
}

Result<std::optional<int64_t>> claim_run(Transaction& transaction, const std::string& id, const std::string& node,
                                         const std::string& thread) {
  return read_one(transaction.database().query(
                      R"sql(UPDATE runs SET status = 'running', node = ?, thread_id = ?, attempt = attempt + 1,
                                            started_at = ?
                            WHERE id = ? AND status = 'pending' RETURNING attempt)sql",
                      node, thread, transaction.now_ms(), id),
                  [](Query& row) { return row.integer(0); });
}

Result<void> return_run(Transaction& transaction, const std::string& id) {
  TRY(transaction.database().execute(
      "UPDATE runs SET status = 'pending', node = NULL, started_at = NULL WHERE id = ? AND status = 'running'", id));
  return {};
}

Result<bool> settle_run(Transaction& transaction, const Settlement& settlement) {
  const int64_t changed = TRY(transaction.database().execute(
      R"sql(UPDATE runs SET status = ?, result_text = ?, error_code = ?, error_message = ?, cpu_ms = ?, peak_memory_bytes = ?,
                            wall_ms = ?, completed_at = ?
            WHERE id = ? AND attempt = ? AND ((status = 'running' AND node = ?) OR status = 'pending'))sql",
      to_string(settlement.status), settlement.result_text, settlement.error_code, settlement.error_message,
      settlement.cpu_ms, settlement.peak_memory_bytes, settlement.wall_ms, transaction.now_ms(), settlement.run,
      settlement.attempt, settlement.node));
  return changed == 1;
}

Result<void> set_run_credits(Transaction& transaction, const std::string& id, int64_t credits) {
  TRY(transaction.database().execute("UPDATE runs SET credits = ? WHERE id = ?", credits, id));
  return {};
}

Result<std::vector<UnfinishedRun>> pending_runs(Database& database) {
  return read_all(database.query("SELECT id, account_id, thread_id, app_id, app_version, attempt FROM runs WHERE "
                                 "status = 'pending' ORDER BY id"),
                  read_unfinished);
}

Result<std::vector<UnfinishedRun>> running_runs(Database& database, const std::string& node) {
  return read_all(database.query("SELECT id, account_id, thread_id, app_id, app_version, attempt FROM runs WHERE "
                                 "status = 'running' AND node = ? ORDER BY id",
                                 node),
                  read_unfinished);
}

Result<std::string> newest_id(Database& database) {
  auto newest = TRY(read_one(
      database.query(R"sql(SELECT max(id) FROM (SELECT max(id) AS id FROM runs UNION ALL SELECT max(id) FROM threads
                                                UNION ALL SELECT max(id) FROM ledger UNION ALL SELECT max(id) FROM keys
                                                UNION ALL SELECT max(id) FROM accounts UNION ALL SELECT max(id) FROM artifacts))sql"),
      [](Query& row) { return row.text(0); }));
  return newest.value_or("");
}

}   // namespace capid::store

// SPDX-License-Identifier: Apache-2.0
#include "store/runs.h"

#include <array>

#include "base/json.h"
#include "store/run_rows.h"

namespace capid::store {
namespace {

constexpr std::array<std::string_view, 5> kStatusNames{"pending", "running", "completed", "failed", "cancelled"};

UnfinishedRun read_unfinished(Query& row) {
  return {.id = row.text(0),
          .account = row.text(1),
          .thread = row.maybe_text(2),
          .app = row.text(3),
          .app_version = row.text(4),
          .workspace = row.maybe_text(5),
          .attempt = row.integer(6)};
}

// Asked before the insert, which then writes one row by its values: of an INSERT ... SELECT, SQLite keeps the old pages.
Result<bool> app_version_is_kept(Database& database, const std::string& app, const std::string& version) {
  const auto kept =
      TRY(read_one(database.query("SELECT 1 FROM app_versions WHERE app_id = ? AND version = ?", app, version),
                   [](Query& row) { return row.integer(0); }));
  return kept.has_value();
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

Result<void> insert_label(Transaction& transaction, const std::string& run, const NewRun& owner,
                          const std::string& name, const std::string& value) {
  TRY(transaction.database().execute(
      "INSERT INTO run_labels (account_id, name, value, run_id, app_id) VALUES (?, ?, ?, ?, ?)", owner.account, name,
      value, run, owner.app));
  return {};
}

Result<void> insert_labels(Transaction& transaction, const std::string& id, const NewRun& run) {
  for (const std::string& tag : run.options.tags) TRY(insert_label(transaction, id, run, kTagLabel, tag));
  for (const auto& [key, value] : run.options.metadata)
    TRY(insert_label(transaction, id, run, kMetadataLabel + key, value));
  return {};
}

}   // namespace

std::string_view to_string(RunStatus status) { return kStatusNames[static_cast<size_t>(status)]; }

std::optional<RunStatus> to_run_status(std::string_view text) {
  for (size_t i = 0; i < kStatusNames.size(); ++i) {
    if (kStatusNames[i] == text) return static_cast<RunStatus>(i);
  }
  return std::nullopt;
}

Result<std::string> insert_run(Transaction& transaction, const NewRun& run) {
  const std::string id = transaction.new_id();
  const RunOptions& options = run.options;
  if (!TRY(app_version_is_kept(transaction.database(), run.app, run.app_version)))
    return Error{Code::kAppNotFound, "the app was changed or removed at this very moment: try again"};
  TRY(transaction.database().execute(
      R"sql(INSERT INTO runs (id, account_id, app_id, app_name, app_version, key_id, origin, status, thread_id, inputs, model_id,
                              workspace_id, tags, metadata, timeout_ms, max_credits, webhook_url, expires_at, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))sql",
      id, run.account, run.app, run.app_name, run.app_version, run.key, run.key ? "api" : "ui", run.thread, run.inputs,
      options.model, options.workspace, base::dump(Json(options.tags)), base::dump(Json(options.metadata)),
      options.timeout_ms, options.max_credits, options.webhook_url, run.expires_at, transaction.now_ms()));
  TRY(insert_files(transaction, id, run.files));
  TRY(insert_labels(transaction, id, run));
  return id;
}

Result<std::optional<Run>> find_run(Database& database, const std::string& id) {
  return read_one(database.query("SELECT " CAPID_RUN_COLUMNS " FROM runs WHERE id = ?", id), read_run);
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

Result<bool> thread_is_busy(Database& database, const std::string& thread) {
  const auto busy = TRY(
      read_one(database.query("SELECT 1 FROM runs WHERE thread_id = ? AND status IN ('pending', 'running')", thread),
               [](Query& row) { return row.integer(0); }));
  return busy.has_value();
}

Result<std::optional<int64_t>> claim_run(Transaction& transaction, const std::string& id, const Claim& claim) {
  return read_one(transaction.database().query(
                      R"sql(UPDATE runs SET status = 'running', node = ?, thread_id = threads.id, attempt = attempt + 1,
                                            started_at = ?, degraded = ?, thread_start = coalesce(thread_start, threads.last_sequence)
                            FROM threads WHERE threads.id = ? AND runs.id = ? AND status = 'pending' RETURNING attempt)sql",
                      claim.node, transaction.now_ms(), claim.degraded ? 1 : 0, claim.thread, id),
                  [](Query& row) { return row.integer(0); });
}

Result<void> return_run(Transaction& transaction, const std::string& id) {
  TRY(transaction.database().execute(
      "UPDATE runs SET status = 'pending', node = NULL, started_at = NULL, expires_at = NULL WHERE id = ? AND status = "
      "'running'",
      id));
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

Result<std::optional<std::string>> webhook_of_run(Database& database, const std::string& id) {
  const auto url = TRY(read_one(database.query("SELECT webhook_url FROM runs WHERE id = ?", id),
                                [](Query& row) { return row.maybe_text(0); }));
  return url.value_or(std::nullopt);
}

Result<void> add_model_call(Transaction& transaction, const std::string& id, const ModelCall& call) {
  TRY(transaction.database().execute(
      R"sql(UPDATE runs SET used_model = ?, model_calls = model_calls + 1, input_tokens = input_tokens + ?,
              cached_tokens = cached_tokens + ?, output_tokens = output_tokens + ?, credits = credits + ? WHERE id = ?)sql",
      call.model, call.input_tokens, call.cached_tokens, call.output_tokens, call.credits, id));
  return {};
}

Result<void> set_run_credits(Transaction& transaction, const std::string& id, int64_t credits) {
  TRY(transaction.database().execute("UPDATE runs SET credits = ? WHERE id = ?", credits, id));
  return {};
}

Result<std::vector<UnfinishedRun>> pending_runs(Database& database) {
  return read_all(
      database.query("SELECT id, account_id, thread_id, app_id, app_version, workspace_id, attempt FROM runs "
                     "WHERE status = 'pending' ORDER BY id"),
      read_unfinished);
}

Result<std::vector<UnfinishedRun>> running_runs(Database& database, const std::string& node) {
  return read_all(
      database.query("SELECT id, account_id, thread_id, app_id, app_version, workspace_id, attempt FROM runs "
                     "WHERE status = 'running' AND node = ? ORDER BY id",
                     node),
      read_unfinished);
}

Result<std::vector<UnfinishedRun>> expired_runs(Database& database, base::TimeMs now, int64_t limit) {
  return read_all(database.query("SELECT id, account_id, NULL, app_id, app_version, workspace_id, attempt FROM runs "
                                 "WHERE status = 'pending' AND expires_at <= ? ORDER BY expires_at LIMIT ?",
                                 now, limit),
                  read_unfinished);
}

Result<int64_t> postpone_expiry(Transaction& transaction, base::TimeMs by) {
  return transaction.database().execute(
      "UPDATE runs SET expires_at = expires_at + ? WHERE status = 'pending' AND expires_at IS NOT NULL", by);
}

Result<std::string> newest_id(Database& database) {
  auto newest = TRY(read_one(
      database.query(R"sql(SELECT max(id) FROM (SELECT max(id) AS id FROM runs UNION ALL SELECT max(id) FROM threads
                                                UNION ALL SELECT max(id) FROM ledger UNION ALL SELECT max(id) FROM keys
                                                UNION ALL SELECT max(id) FROM accounts UNION ALL SELECT max(id) FROM artifacts
                                                UNION ALL SELECT max(id) FROM deliveries UNION ALL SELECT max(id) FROM webhook_secrets
                                                UNION ALL SELECT max(id) FROM sessions UNION ALL SELECT max(id) FROM audit))sql"),
      [](Query& row) { return row.text(0); }));
  return newest.value_or("");
}

}   // namespace capid::store

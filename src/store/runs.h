// SPDX-License-Identifier: Apache-2.0
// Runs as rows: inserted pending, claimed once an attempt, settled once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

enum class RunStatus { kPending, kRunning, kCompleted, kFailed, kCancelled };

[[nodiscard]] std::string_view to_string(RunStatus status);

/// Nothing where no status is called that.
[[nodiscard]] std::optional<RunStatus> to_run_status(std::string_view text);

[[nodiscard]] inline bool is_terminal(RunStatus status) {
  return status != RunStatus::kPending && status != RunStatus::kRunning;
}

/// An attachment of a run. `name` is its file name in /in/files; `blob` names its bytes in the files folder.
struct RunFile {
  std::string name;
  std::string type;
  int64_t size = 0;
  std::string sha256;
  std::string blob;                   ///< empty: its bytes are no longer kept
  std::optional<std::string> input;   ///< the file input it is bound to
};

/// What a run was asked for beside its inputs.
struct RunOptions {
  std::optional<std::string> model;
  std::optional<std::string> workspace;
  std::vector<std::string> tags;
  std::map<std::string, std::string> metadata;
  std::optional<int64_t> timeout_ms;        ///< nothing: the app's own
  std::optional<int64_t> max_credits;       ///< micro-credits
  std::optional<std::string> webhook_url;   ///< where the run is sent when it is over
};

struct NewRun {
  std::string account;
  std::string app;
  std::string app_name;
  std::string app_version;
  std::optional<std::string> key;      ///< nothing: from the page
  std::string inputs;                  ///< a JSON object
  std::optional<std::string> thread;   ///< the thread that it continues
  std::optional<base::TimeMs> expires_at;
  RunOptions options;
  std::vector<RunFile> files;
};

struct Run {
  std::string id;
  std::string account;
  std::string app;
  std::string app_name;
  std::string app_version;
  std::optional<std::string> key;
  std::string origin;
  RunStatus status = RunStatus::kPending;
  std::optional<std::string> thread;
  std::optional<int64_t>
      thread_start;   ///< the thread's last sequence before this run's first event; nothing: none yet
  std::string inputs;
  RunOptions options;
  std::optional<base::TimeMs> expires_at;
  std::optional<std::string> result_text;
  std::optional<std::string> error_code;
  std::optional<std::string> error_message;
  int64_t credits = 0;   ///< micro-credits charged
  int64_t cpu_ms = 0;
  int64_t peak_memory_bytes = 0;
  int64_t wall_ms = 0;
  base::TimeMs created_at = 0;
  std::optional<base::TimeMs> started_at;
  std::optional<base::TimeMs> completed_at;
  int64_t attempt = 0;
  bool degraded = false;   ///< it was executed without some protection that there can be
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;
};

/// A run that waits for its turn or was on its way when the server stopped.
struct UnfinishedRun {
  std::string id;
  std::string account;
  std::optional<std::string> thread;
  std::string app;
  std::string app_version;
  std::optional<std::string> workspace;
  int64_t attempt = 0;
};

/// How a run ended.
struct Settlement {
  std::string run;
  std::string node;
  int64_t attempt = 0;
  RunStatus status = RunStatus::kFailed;
  std::optional<std::string> result_text;
  std::optional<std::string> error_code;
  std::optional<std::string> error_message;
  int64_t cpu_ms = 0;
  int64_t peak_memory_bytes = 0;
  int64_t wall_ms = 0;
};

/// Inserts a pending run with its files and returns its id. Errors: kAppNotFound where the app version is not kept any
/// more.
[[nodiscard]] Result<std::string> insert_run(Transaction& transaction, const NewRun& run);

[[nodiscard]] Result<std::optional<Run>> find_run(Database& database, const std::string& id);
[[nodiscard]] Result<std::vector<RunFile>> files_of_run(Database& database, const std::string& id);

/// Whether a run on that thread is pending or running.
[[nodiscard]] Result<bool> thread_is_busy(Database& database, const std::string& thread);

struct Claim {
  std::string node;
  std::string thread;
  bool degraded = false;   ///< the run goes without some protection
};

/// pending → running, by a node: the one way in which a run is taken. The new attempt's number, or nothing where the
/// run is not pending any more.
[[nodiscard]] Result<std::optional<int64_t>> claim_run(Transaction& transaction, const std::string& id,
                                                       const Claim& claim);

/// running → pending, for a run that its app wants tried again. It began in time, so it does not expire any more.
[[nodiscard]] Result<void> return_run(Transaction& transaction, const std::string& id);

/// The one way to a terminal state: guarded by id, node, attempt and state. False where another settlement was first.
[[nodiscard]] Result<bool> settle_run(Transaction& transaction, const Settlement& settlement);

/// Where the run is to be sent when it is over.
[[nodiscard]] Result<std::optional<std::string>> webhook_of_run(Database& database, const std::string& id);

/// One call of a model that a run made.
struct ModelCall {
  std::string model;
  int64_t input_tokens = 0;    ///< all of them
  int64_t cached_tokens = 0;   ///< of those
  int64_t output_tokens = 0;
  int64_t credits = 0;   ///< micro-credits
};

/// Adds a call to what the run's row tells.
[[nodiscard]] Result<void> add_model_call(Transaction& transaction, const std::string& id, const ModelCall& call);

/// What the run was charged, in micro-credits: the sum of its charges in the ledger.
[[nodiscard]] Result<void> set_run_credits(Transaction& transaction, const std::string& id, int64_t credits);

/// In the order of their ids, which is the order in which they were accepted.
[[nodiscard]] Result<std::vector<UnfinishedRun>> pending_runs(Database& database);
[[nodiscard]] Result<std::vector<UnfinishedRun>> running_runs(Database& database, const std::string& node);

/// Pending runs that should have begun before `now` and never did (their thread is not given), the earliest first, at most `limit` of them.
[[nodiscard]] Result<std::vector<UnfinishedRun>> expired_runs(Database& database, base::TimeMs now, int64_t limit);

/// Moves the time by which each pending run should have begun, where it has one. Returns how many have.
[[nodiscard]] Result<int64_t> postpone_expiry(Transaction& transaction, base::TimeMs by);

/// The newest id of any table that the writer numbers, or an empty text.
[[nodiscard]] Result<std::string> newest_id(Database& database);

}   // namespace capid::store

// SPDX-License-Identifier: Apache-2.0
// What is old, as rows: which runs, files, events, deliveries and entries of the audit log there are before some time, and how they are
// removed, a bounded number at a time. The ledger and what was used a day stay.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

/// The apps that have runs, or had one.
[[nodiscard]] Result<std::vector<std::string>> apps_with_versions(Database& database);

/// Runs of one app that were accepted before some time.
struct OldRuns {
  std::string app;
  base::TimeMs before = 0;
  std::string after;   ///< only those with a larger id
  int64_t limit = 100;
};

/// Runs that ended before `before` and may go with all that hangs on them: none whose webhook is still on its way.
[[nodiscard]] Result<std::vector<std::string>> removable_runs(Database& database, const OldRuns& old);

/// What a run takes with all that hangs on it.
struct SizedRun {
  std::string id;
  int64_t bytes = 0;
};

/// The same of every app, however young, the oldest first.
[[nodiscard]] Result<std::vector<SizedRun>> oldest_removable_runs(Database& database,
                                                                  const std::optional<std::string>& app, int64_t limit);

/// What hangs on a run and may go before it.
enum class Hanging { kFiles, kArtifacts, kEvents };

/// Runs that ended before `before` and still have some of that, in the order of their ids.
[[nodiscard]] Result<std::vector<std::string>> ended_runs(Database& database, Hanging kind, const OldRuns& old);

/// Each takes what a run has of the kind. The names of the files stay, their bytes go.
[[nodiscard]] Result<void> remove_bytes_of_files(Transaction& transaction, const std::string& run);
[[nodiscard]] Result<void> remove_bytes_of_artifacts(Transaction& transaction, const std::string& run);

/// `budget` is how many events this transaction may still remove, and becomes less. False: it is used up, and there may be more.
[[nodiscard]] Result<bool> remove_events(Transaction& transaction, const std::string& run, int64_t& budget);

/// Removes a run with its files, artifacts, events, labels and deliveries, and its thread with its last run; one whose webhook is on its
/// way stays. False: the budget is used up, and the run is still there.
[[nodiscard]] Result<bool> remove_run(Transaction& transaction, const std::string& run, int64_t& budget);

/// Deliveries that ended, and entries of the audit log; at most `limit` of them. How many there were.
[[nodiscard]] Result<int64_t> remove_deliveries(Transaction& transaction, base::TimeMs before, int64_t limit);
[[nodiscard]] Result<int64_t> remove_audit(Transaction& transaction, base::TimeMs before, int64_t limit);

/// Blobs that no row names any more and the disk may still have; none while files are held (store/moments).
[[nodiscard]] Result<std::vector<std::string>> removed_blobs(Transaction& transaction, int64_t limit);
[[nodiscard]] Result<void> forget_removed_blob(Transaction& transaction, const std::string& name);

/// Notes what a run that was just settled takes: its inputs, result, events, files and webhook.
[[nodiscard]] Result<void> note_size(Transaction& transaction, const std::string& run);

/// What the finished runs of an app take together, or those of all apps.
[[nodiscard]] Result<int64_t> stored_bytes(Database& database, const std::optional<std::string>& app);

}   // namespace capid::store

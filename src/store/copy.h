// SPDX-License-Identifier: Apache-2.0
// Copies of a whole database, and whether one is sound.
#pragma once

#include <functional>
#include <string>

#include "store/database.h"

namespace capid::store {

/// Writes the database, as it is at one moment, into a new file and flushes it; others may write meanwhile. Errors: kStoreUnavailable
/// where the disk has no room, or the database is damaged; nothing is left then.
[[nodiscard]] Result<void> copy_database(const std::string& from, const std::string& to);

/// Looks at every page and reference. Errors: kStoreUnavailable, with what is wrong.
[[nodiscard]] Result<void> check_integrity(Database& database);

/// A file that a run was given or left.
struct KeptBlob {
  std::string name;
  std::string sha256;
};

/// Calls `take` for each file whose bytes are kept, once.
[[nodiscard]] Result<void> each_kept_blob(Database& database, const std::function<Result<void>(const KeptBlob&)>& take);

/// How many runs there are.
[[nodiscard]] Result<int64_t> count_all_runs(Database& database);

}   // namespace capid::store

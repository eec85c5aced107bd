// SPDX-License-Identifier: Apache-2.0
// App versions as rows: which snapshots are kept, and whether a run refers to them.
#pragma once

#include <string>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

struct AppVersion {
  std::string app;
  std::string version;
};

/// Keeps a version; one that is kept already stays as it is.
[[nodiscard]] Result<void> insert_app_version(Transaction& transaction, const AppVersion& version);

/// Removes a version's row unless a run refers to it or files are held (store/moments). True where the row is gone.
[[nodiscard]] Result<bool> remove_unused_app_version(Transaction& transaction, const AppVersion& version);

[[nodiscard]] Result<std::vector<AppVersion>> list_app_versions(Database& database);

/// Those that no run refers to.
[[nodiscard]] Result<std::vector<AppVersion>> unused_app_versions(Database& database);

}   // namespace capid::store

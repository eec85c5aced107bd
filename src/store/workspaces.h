// SPDX-License-Identifier: Apache-2.0
// Workspaces as rows: which named folders an account has, and which apps have used them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

struct Workspace {
  std::string id;
  std::string folder;   ///< its folder's name on disk; made anew after a removal, it is never that of an earlier one
  int64_t size_bytes = 0;   ///< as it was when the last run in it ended
  base::TimeMs created_at = 0;
  base::TimeMs last_used_at = 0;
};

struct OwnedWorkspace {
  Workspace workspace;
  std::string account_name;
};

/// Makes the workspace where it is new, and notes that `app` uses it now.
[[nodiscard]] Result<void> use_workspace(Transaction& transaction, const std::string& account, const std::string& id,
                                         const std::string& app);

[[nodiscard]] Result<void> set_workspace_size(Transaction& transaction, const std::string& account,
                                              const std::string& id, int64_t size_bytes);

[[nodiscard]] Result<std::optional<Workspace>> find_workspace(Database& database, const std::string& account,
                                                              const std::string& id);

/// By id. `app`: only those that this app has used.
[[nodiscard]] Result<std::vector<Workspace>> list_workspaces(Database& database, const std::string& account,
                                                             const std::optional<std::string>& app);
[[nodiscard]] Result<std::vector<OwnedWorkspace>> list_all_workspaces(Database& database);

/// The apps that have used a workspace.
[[nodiscard]] Result<std::vector<std::string>> apps_of_workspace(Database& database, const std::string& account,
                                                                 const std::string& id);

/// Whether a run that uses it is pending or running.
[[nodiscard]] Result<bool> workspace_is_busy(Database& database, const std::string& account, const std::string& id);

/// The folders of all workspaces there are.
[[nodiscard]] Result<std::vector<std::string>> workspace_folders(Database& database);

/// False where there is none.
[[nodiscard]] Result<bool> remove_workspace(Transaction& transaction, const std::string& account,
                                            const std::string& id);

}   // namespace capid::store

// SPDX-License-Identifier: Apache-2.0
// Workspaces on disk: a named folder of an account that outlives the runs which are given it as /workspace.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "base/result.h"

namespace capid::runs {

/// 1 to 64 of a-z, 0-9, '_' and '-', beginning with a letter or a digit: safe as a folder's name.
[[nodiscard]] bool is_workspace_id(std::string_view text);

/// Each workspace has a folder of its own below one of capid's, under the name that its row says.
class WorkspaceFolders {
 public:
  explicit WorkspaceFolders(std::string folder) : folder_(std::move(folder)) {}

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

  /// The path of a workspace's folder, made where it is missing.
  [[nodiscard]] Result<std::string> open(const std::string& name) const;

  /// What it takes, see base::tree_size.
  [[nodiscard]] std::optional<int64_t> size(const std::string& name, int64_t most) const;

  /// Removes a folder with all it holds. No run may be using it. What could not be removed is logged, and swept at the next
  /// start.
  void remove(const std::string& name) const;

  /// Removes every folder but `kept`: a crash may have left one whose row is gone. Call it before any run.
  void sweep(const std::set<std::string>& kept) const;

 private:
  std::string folder_;
};

}   // namespace capid::runs

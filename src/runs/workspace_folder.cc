// SPDX-License-Identifier: Apache-2.0
#include "runs/workspace_folder.h"

#include <algorithm>
#include <filesystem>

#include "base/folder_tree.h"
#include "base/log.h"

namespace capid::runs {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxIdLength = 64;

}   // namespace

bool is_workspace_id(std::string_view text) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kMaxIdLength && alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return alphanumeric(c) || c == '_' || c == '-'; });
}

Result<std::string> WorkspaceFolders::open(const std::string& name) const {
  std::error_code error;
  fs::create_directories(path(name), error);
  if (error) return Error{Code::kInternal, "the workspace's folder could not be made", {}, error.message()};
  return path(name);
}

std::optional<int64_t> WorkspaceFolders::size(const std::string& name, int64_t most) const {
  return base::tree_size(path(name), most);
}

void WorkspaceFolders::remove(const std::string& name) const {
  if (const auto removed = base::remove_tree(path(name)); !removed)
    base::log::error("a workspace's folder could not be removed",
                     {{"folder", name}, {"error", removed.error().detail}});
}

void WorkspaceFolders::sweep(const std::set<std::string>& kept) const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    if (!kept.contains(name)) remove(name);
  }
}

}   // namespace capid::runs

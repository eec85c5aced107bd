// SPDX-License-Identifier: Apache-2.0
#include "runs/workspace_folder.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "runs/input_folder.h"

namespace capid::runs {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxIdLength = 64;
constexpr int64_t kStatBlock = 512;   // what st_blocks counts

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

// What a file takes on the disk, not how long it claims to be: a sparse file costs nothing.
int64_t WorkspaceFolders::size(const std::string& name) const {
  int64_t bytes = 0;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(path(name), error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    struct stat status {};
    if (::lstat(entry->path().c_str(), &status) == 0) bytes += status.st_blocks * kStatBlock;
  }
  return bytes;
}

void WorkspaceFolders::remove(const std::string& name) const { remove_folder(path(name)); }

void WorkspaceFolders::sweep(const std::set<std::string>& kept) const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    if (!kept.contains(name)) remove(name);
  }
}

}   // namespace capid::runs

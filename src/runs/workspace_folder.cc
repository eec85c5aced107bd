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
constexpr int kDeepest = 100;         // each level takes a descriptor while it is looked into

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
    if (entry.depth() > kDeepest) return INT64_MAX;
  }
  const bool went_meanwhile = error == std::errc::no_such_file_or_directory;
  return error && !went_meanwhile ? INT64_MAX : bytes;
}

// An agent may have taken from its folders the right to look into them.
void WorkspaceFolders::remove(const std::string& name) const {
  std::error_code ignored;
  constexpr auto kSkip = fs::directory_options::skip_permission_denied;
  for (bool closed = true; closed;) {
    closed = false;
    for (auto entry = fs::recursive_directory_iterator(path(name), kSkip, ignored);
         entry != fs::recursive_directory_iterator(); entry.increment(ignored)) {
      const fs::file_status status = entry->symlink_status(ignored);
      if (status.type() != fs::file_type::directory ||
          (status.permissions() & fs::perms::owner_all) == fs::perms::owner_all)
        continue;
      fs::permissions(entry->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
      closed = !ignored;
    }
  }
  remove_folder(path(name));
}

void WorkspaceFolders::sweep(const std::set<std::string>& kept) const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    if (!kept.contains(name)) remove(name);
  }
}

}   // namespace capid::runs

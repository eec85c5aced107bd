// SPDX-License-Identifier: Apache-2.0
#include "base/folder_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "base/fd.h"

namespace capid::base {
namespace {

constexpr int kDeepest = 100;
constexpr int64_t kStatBlock = 512;   // what st_blocks counts
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

// Nothing, with errno set, where it cannot be opened.
Folder open_folder(int parent, const char* name) {
  const int fd = ::openat(parent, name, kOpenFolder);
  Folder folder(fd < 0 ? nullptr : ::fdopendir(fd));
  if (!folder && fd >= 0) ::close(fd);
  return folder;
}

// The next entry but "." and ".."; null at the end.
const char* next_name(DIR* folder) {
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return entry->d_name;
  }
  return nullptr;
}

class Measure {
 public:
  explicit Measure(int64_t most) : most_(most) {}

  // False where looking further makes no difference.
  bool folder(int parent, const char* name, int depth) {
    if (depth > kDeepest) return hidden();
    const Folder open = open_folder(parent, name);
    if (!open) return not_opened();
    while (const char* entry = next_name(open.get())) {
      struct stat status {};
      if (::fstatat(::dirfd(open.get()), entry, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;   // it went meanwhile
      bytes_ += status.st_blocks * kStatBlock + kBytesAnEntry;
      if (bytes_ > most_) return false;
      if (S_ISDIR(status.st_mode) && !folder(::dirfd(open.get()), entry, depth + 1)) return false;
    }
    return true;
  }

  std::optional<int64_t> result() const { return failed_ ? std::nullopt : std::optional(bytes_); }

 private:
  bool hidden() {
    bytes_ = INT64_MAX;
    return false;
  }

  bool not_opened() {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return true;   // it went, or became something else
    if (errno == EACCES || errno == EPERM) return hidden();
    failed_ = true;
    return false;
  }

  int64_t most_;
  int64_t bytes_ = 0;
  bool failed_ = false;
};

// Takes a tree apart level by level: a folder's sub-folders that are not empty move up to the root, so that at most two
// folders are open and no path grows.
class Removal {
 public:
  explicit Removal(DIR* root) : root_(root) {}

  Result<void> empty_root() {
    for (bool found = true; found;) {
      found = false;
      ::rewinddir(root_);
      while (const char* name = next_name(root_)) {
        found = true;
        TRY(remove(name));
      }
    }
    return {};
  }

 private:
  int root() const { return ::dirfd(root_); }

  static bool remove_single(int parent, const char* name) {
    return ::unlinkat(parent, name, 0) == 0 || ::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
  }

  Result<void> remove(const std::string& name) {
    if (remove_single(root(), name.c_str())) return {};
    (void)!::fchmodat(root(), name.c_str(), S_IRWXU, 0);   // its owner may have taken the right to look into it
    const Folder folder = open_folder(root(), name.c_str());
    if (!folder) return system_error("a folder cannot be removed", "open");
    TRY(lift_all_of(folder.get()));
    if (::unlinkat(root(), name.c_str(), AT_REMOVEDIR) == 0) return {};
    return system_error("a folder cannot be removed", "unlink");
  }

  Result<void> lift_all_of(DIR* folder) {
    for (bool found = true; found;) {
      found = false;
      ::rewinddir(folder);
      while (const char* name = next_name(folder)) {
        found = true;
        if (!remove_single(::dirfd(folder), name)) TRY(lift(::dirfd(folder), name));
      }
    }
    return {};
  }

  Result<void> lift(int parent, const char* name) {
    (void)!::fchmodat(parent, name, S_IRWXU, 0);   // a folder that moves is written to
    for (;;) {
      const std::string target = ".lifted-" + std::to_string(++lifted_);
      if (::renameat(parent, name, root(), target.c_str()) == 0) return {};
      if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
        return system_error("a folder cannot be removed", "rename");
    }
  }

  DIR* root_;
  uint64_t lifted_ = 0;
};

}   // namespace

std::optional<int64_t> tree_size(const std::string& folder, int64_t most) {
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) return std::nullopt;
  Measure measure(most);
  (void)measure.folder(AT_FDCWD, folder.c_str(), 0);
  return measure.result();
}

Result<void> remove_tree(const std::string& folder) {
  if (::rmdir(folder.c_str()) == 0 || errno == ENOENT) return {};
  (void)!::chmod(folder.c_str(), S_IRWXU);
  const Folder root = open_folder(AT_FDCWD, folder.c_str());
  if (!root) return system_error("a folder cannot be removed", "open");
  TRY(Removal(root.get()).empty_root());
  if (::rmdir(folder.c_str()) == 0) return {};
  return system_error("a folder cannot be removed", "rmdir");
}

}   // namespace capid::base

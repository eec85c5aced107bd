// SPDX-License-Identifier: Apache-2.0
#include "sandbox/collect.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

namespace capid::sandbox {
namespace {

constexpr size_t kMaxNamedSkips = 100;
constexpr int64_t kBlock = 512;
// A file may be this much larger than what it takes up: more is a hole, and filling it in would cost us the disk.
constexpr int64_t kMaxHole = 1 << 20;
constexpr const char* kForbidden = "its permissions forbid reading it";
constexpr const char* kUnsafe = "it could not be opened safely";

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

base::Fd open_below(int folder, const char* name, uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return base::Fd(static_cast<int>(syscall(SYS_openat2, folder, name, &how, sizeof how)));
}

bool is_shortage(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM; }

// `folder` is reopened, so that its reading position is ours alone. Nothing where the guest forbade reading it.
Result<std::optional<std::vector<std::string>>> names_in(int folder, size_t most) {
  using Names = std::optional<std::vector<std::string>>;
  base::Fd own = open_below(folder, ".", O_RDONLY | O_DIRECTORY);
  if (!own && errno == EACCES) return Names();
  Folder stream(own ? ::fdopendir(own.get()) : nullptr);
  if (!stream) return base::system_error("what a run left could not be read", "opendir");
  std::vector<std::string> names;
  (void)own.release();
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    names.push_back(name);
    if (names.size() > most) break;
  }
  std::sort(names.begin(), names.end());
  return Names(std::move(names));
}

class Walk {
 public:
  Walk(const CollectLimits& limits, const TakeFile& take) : limits_(limits), take_(take) {}

  Result<void> folder(int folder, const std::string& prefix, size_t depth) {
    const auto names = TRY(names_in(folder, limits_.max_entries - entries_));
    if (!names) return skip(prefix.empty() ? "." : prefix, kForbidden);
    for (const std::string& name : *names) {
      if (entries_ >= limits_.max_entries) {
        if (collection_.skipped.size() >= kMaxNamedSkips) collection_.skipped.pop_back();   // this one must be told
        return skip(prefix, "the run left more than " + std::to_string(limits_.max_entries) +
                                " entries; the rest was not looked at");
      }
      ++entries_;
      TRY(entry(folder, name, prefix.empty() ? name : prefix + "/" + name, depth));
    }
    return {};
  }

  Collection finish() { return std::move(collection_); }

 private:
  // First only a handle that opens nothing (a FIFO would hang, a device could act), then, of a regular file, the file.
  Result<void> entry(int folder, const std::string& name, const std::string& path, size_t depth) {
    const base::Fd handle = open_below(folder, name.c_str(), O_PATH | O_NOFOLLOW);
    struct stat status {};
    if (!handle || ::fstat(handle.get(), &status) != 0) return not_opened(path);
    if (S_ISDIR(status.st_mode)) return subfolder(folder, name, path, depth);
    if (S_ISLNK(status.st_mode)) return skip(path, "it is a symbolic link");
    if (!S_ISREG(status.st_mode)) return skip(path, "it is not a regular file");
    if (path.size() > limits_.max_path_bytes) return skip(path, "its path is too long");
    if (status.st_size > status.st_blocks * kBlock + kMaxHole) return skip(path, "it is mostly holes (a sparse file)");
    if (files_ >= limits_.max_files)
      return skip(path, "the run left more than " + std::to_string(limits_.max_files) + " files");
    if (status.st_size > limits_.max_bytes - bytes_) return skip(path, "the run's files are too large together");
    const base::Fd file = open_below(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    struct stat opened {};
    if (!file || ::fstat(file.get(), &opened) != 0) return not_opened(path);
    if (opened.st_ino != status.st_ino || !S_ISREG(opened.st_mode)) return skip(path, kUnsafe);
    ++files_;
    bytes_ += status.st_size;
    return take_(path, file, status.st_size);
  }

  Result<void> subfolder(int folder, const std::string& name, const std::string& path, size_t depth) {
    if (depth >= limits_.max_depth)
      return skip(path, "it is more than " + std::to_string(limits_.max_depth) + " folders deep");
    const base::Fd opened = open_below(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!opened) return not_opened(path);
    return this->folder(opened.get(), path, depth + 1);
  }

  // By errno. What is our own shortage is not the guest's doing, and nothing is left out for it in silence.
  Result<void> not_opened(const std::string& path) {
    if (is_shortage(errno)) return base::system_error("what a run left could not be read", "openat2");
    return skip(path, errno == EACCES ? kForbidden : kUnsafe);
  }

  Result<void> skip(const std::string& path, const std::string& reason) {
    if (collection_.skipped.size() < kMaxNamedSkips) collection_.skipped.push_back({path, reason});
    return {};
  }

  const CollectLimits& limits_;
  const TakeFile& take_;
  Collection collection_;
  size_t entries_ = 0;
  size_t files_ = 0;
  int64_t bytes_ = 0;
};

}   // namespace

Result<Collection> collect(const base::Fd& out_folder, const CollectLimits& limits, const TakeFile& take) {
  Walk walk(limits, take);
  TRY(walk.folder(out_folder.get(), "", 0));
  return walk.finish();
}

}   // namespace capid::sandbox

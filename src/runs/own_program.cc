// SPDX-License-Identifier: Apache-2.0
#include "runs/own_program.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/fd.h"

namespace capid::runs {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSelf = "/proc/self/exe";
constexpr const char* kInside = "/.capid/capid";   // where no system has anything

bool is_same_file(const std::string& path, const struct stat& file) {
  const base::Fd opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat found {};
  return opened && ::fstat(opened.get(), &found) == 0 && found.st_dev == file.st_dev && found.st_ino == file.st_ino &&
         ::access(path.c_str(), X_OK) == 0;
}

// Under another name until all of it is on the disk.
Result<void> copy_to(const std::string& name) {
  const std::string made = name + ".new";
  std::error_code error;
  fs::copy_file(kSelf, made, fs::copy_options::overwrite_existing, error);
  if (!error) fs::permissions(made, fs::perms(0755), error);
  if (error)
    return Error{Code::kInternal, "this program could not be copied for sandboxes to see", {}, error.message()};
  const auto copy = TRY(base::open_own_file(made, O_RDONLY, 0, "this program's copy for sandboxes cannot be read"));
  TRY(base::sync(copy.get()));
  fs::rename(made, name, error);
  if (error)
    return Error{Code::kInternal, "this program could not be copied for sandboxes to see", {}, error.message()};
  return base::sync_folder(fs::path(name).parent_path().string());
}

}   // namespace

// A developer's build may lie in a home that the server's user cannot enter. A program that was replaced while it runs has no
// path any more.
Result<std::string> reachable_program(const std::string& folder) {
  struct stat self {};
  if (::stat(kSelf, &self) != 0) return base::system_error("this program's own file cannot be found", "stat");
  std::error_code error;
  if (const auto path = fs::read_symlink(kSelf, error); !error && is_same_file(path, self)) return path.string();
  const std::string name =
      folder + "/program-" + std::to_string(self.st_mtim.tv_sec) + "-" + std::to_string(self.st_size);
  if (::access(name.c_str(), X_OK) != 0) TRY(copy_to(name));
  return name;
}

void show_program(const std::string& program, std::vector<std::string> arguments, sandbox::Spec& spec) {
  spec.mounts.push_back({.host = program, .at = kInside});
  spec.argv = std::move(arguments);
  spec.argv.insert(spec.argv.begin(), kInside);
}

}   // namespace capid::runs

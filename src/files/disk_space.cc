// SPDX-License-Identifier: Apache-2.0
#include "files/disk_space.h"

#include <sys/statvfs.h>

namespace capid::files {
namespace {

constexpr fsblkcnt_t kFewFiles = 1'000;   // that can still be made

std::string in_mib(int64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}   // namespace

int64_t free_bytes(const std::string& folder) {
  struct statvfs status {};
  if (::statvfs(folder.c_str(), &status) != 0) return 0;
  if (status.f_files > 0 && status.f_favail < kFewFiles) return 0;
  return static_cast<int64_t>(status.f_bavail) * static_cast<int64_t>(status.f_frsize);
}

Result<void> check_room(const std::string& folder, int64_t least) {
  const int64_t left = free_bytes(folder);
  if (left >= least) return {};
  return Error{
      Code::kStoreUnavailable,
      "the server's disk is nearly full: no new runs are accepted until its operator has made room, what is there "
      "can be read",
      {},
      in_mib(left) + " are left in " + folder + ", runs.min_free_disk asks for " + in_mib(least)};
}

}   // namespace capid::files

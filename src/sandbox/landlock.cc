// SPDX-License-Identifier: Apache-2.0
// The steps that apply Landlock. It repeats what the mounts say (read everything in here, write only to the scratch
// folders) by another part of the kernel, and adds what they cannot: no signal and no abstract socket leaves the payload.
#include "sandbox/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "sandbox/steps.h"

namespace capid::sandbox {
namespace {

// Newer than Debian 12's header; the kernel's own values.
constexpr uint64_t kTruncate = uint64_t{1} << 14;      // version 3
constexpr uint64_t kDeviceIoctl = uint64_t{1} << 15;   // version 5
constexpr uint64_t kScopeAbstractSockets = 1;          // version 6
constexpr uint64_t kScopeSignals = 2;

struct RulesetAttributes {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;   // version 4
  uint64_t scoped;               // version 6
};

constexpr uint64_t kReading = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kWriting = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                              LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                              LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                              LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;
constexpr uint64_t kDeviceNodes = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK;

constexpr const char* kScratch[] = {"out", "tmp", "home/agent", "dev/shm", "workspace"};
constexpr const char* kSpecialFiles[] = {"dev",
                                         "proc"};   // what is in there is opened for writing, and nothing is made

// What a kernel of this version can tell apart; it refuses to hear of more.
uint64_t known(int version) {
  uint64_t rights = kReading | kWriting | kDeviceNodes;
  if (version >= 3) rights |= kTruncate;
  if (version >= 5) rights |= kDeviceIoctl;
  return rights;
}

size_t size_of_attributes(int version) {
  if (version >= 6) return sizeof(RulesetAttributes);
  return version >= 4 ? offsetof(RulesetAttributes, scoped) : offsetof(RulesetAttributes, handled_access_net);
}

int allow(int ruleset, int place, uint64_t rights) {
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = place;
  return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ? 0 : errno;
}

int allow_below(const Child& child, const char* path, uint64_t rights) {
  const int place = ::openat(child.root, path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
  if (place < 0) return errno;
  const int error = allow(child.landlock, place, rights & known(child.system.landlock));
  ::close(place);
  return error;
}

// POSIX message queues lie in a file system that is mounted nowhere in here, so this asks for its topmost folder.
int allow_queues(const Child& child) {
  const int context = static_cast<int>(syscall(SYS_fsopen, "mqueue", FSOPEN_CLOEXEC));
  if (context < 0) return errno == ENODEV ? 0 : errno;   // a kernel without them
  if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return errno;
  const int queues = static_cast<int>(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0));
  if (queues < 0) return errno;
  const int error = allow(child.landlock, queues, (kReading | kWriting | kTruncate) & known(child.system.landlock));
  ::close(queues);
  ::close(context);
  return error;
}

}   // namespace

int landlock_version() {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : static_cast<int>(version);
}

int make_landlock_rules(Child& child) {
  const int version = child.system.landlock;
  if (version < kLeastLandlock) return 0;
  const RulesetAttributes wanted{.handled_access_fs = known(version),
                                 .handled_access_net = 0,   // there is nobody to reach but oneself
                                 .scoped = version >= 6 ? kScopeAbstractSockets | kScopeSignals : 0};
  child.landlock = static_cast<int>(syscall(SYS_landlock_create_ruleset, &wanted, size_of_attributes(version), 0));
  if (child.landlock < 0) return errno;
  if (const int error = allow(child.landlock, child.root, kReading)) return error;
  for (const char* path : kSpecialFiles) {
    if (const int error = allow_below(child, path, LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | kDeviceIoctl))
      return error;
  }
  for (const char* path : kScratch) {
    if (const int error = allow_below(child, path, kReading | kWriting | kTruncate)) return error;
  }
  return allow_queues(child);
}

int allow_reading(const Child& child, int folder) {
  return child.landlock < 0 ? 0 : allow(child.landlock, folder, kReading);
}

// A rule on a folder does not hold for what is mounted over it.
int allow_writing(const Child& child, int folder) {
  if (child.landlock < 0) return 0;
  return allow(child.landlock, folder, (kReading | kWriting | kTruncate) & known(child.system.landlock));
}

int apply_landlock(Child& child) {
  if (child.landlock < 0) return 0;
  return syscall(SYS_landlock_restrict_self, child.landlock, 0) == 0 ? 0 : errno;
}

}   // namespace capid::sandbox

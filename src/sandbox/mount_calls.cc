// SPDX-License-Identifier: Apache-2.0
#include "sandbox/mount_calls.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace capid::sandbox {

int open_tree(int folder, const char* path, unsigned flags) {
  return static_cast<int>(syscall(SYS_open_tree, folder, path, flags));
}

int move_mount(int from, int to_folder, const char* to) {
  return static_cast<int>(syscall(SYS_move_mount, from, "", to_folder, to, MOVE_MOUNT_F_EMPTY_PATH));
}

int set_attributes(int folder, const char* path, unsigned flags, uint64_t attributes) {
  mount_attr wanted{};
  wanted.attr_set = attributes;
  return static_cast<int>(syscall(SYS_mount_setattr, folder, path, flags, &wanted, sizeof wanted));
}

int open_without_links(int folder, const char* path, int flags) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, folder, path, &how, sizeof how));
}

int copy_mount(const Bind& bind) {
  constexpr unsigned kWhole = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;
  int copy = -1;
  if (bind.follow_links) {
    copy = open_tree(AT_FDCWD, bind.source.c_str(), kWhole);
  } else {
    const int place = open_without_links(AT_FDCWD, bind.source.c_str(), O_PATH);
    if (place < 0) return -1;
    copy = open_tree(place, "", kWhole | AT_EMPTY_PATH);
    ::close(place);
  }
  if (copy < 0) return -1;
  return set_attributes(copy, "", AT_EMPTY_PATH | AT_RECURSIVE, bind.attributes) == 0 ? copy : -1;
}

int copy_inside(int root, const char* source, uint64_t attributes) {
  const int copy = open_tree(root, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (copy < 0) return -1;
  return set_attributes(copy, "", AT_EMPTY_PATH, attributes) == 0 ? copy : -1;
}

}   // namespace capid::sandbox

// SPDX-License-Identifier: Apache-2.0
// The kernel's calls for mounts by descriptor. Each returns -1 with errno set where it fails.
#pragma once

#include <cstdint>

#include "sandbox/plan.h"

namespace capid::sandbox {

/// glibc 2.36 has these as functions whose header collides with <linux/mount.h>. The first takes AT_* and OPEN_TREE_*.
int open_tree(int folder, const char* path, unsigned flags);
int move_mount(int from, int to_folder, const char* to);
int set_attributes(int folder, const char* path, unsigned flags, uint64_t attributes);

/// Opens without following a symbolic link anywhere in `path`. The flags are O_*; O_CLOEXEC is added.
int open_without_links(int folder, const char* path, int flags);

/// A detached copy of a part of the host's file system, with everything that is mounted below it.
int copy_mount(const Bind& bind);

/// A detached copy of what is mounted inside the new root, and of nothing below it.
int copy_inside(int root, const char* source, uint64_t attributes);

}   // namespace capid::sandbox

// SPDX-License-Identifier: Apache-2.0
// What the child reads while it builds the sandbox: the host as it is, looked up once, and one run's Spec made ready.
#pragma once

#include <linux/filter.h>
#include <linux/mount.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/spec.h"

namespace capid::sandbox {

/// A part of the host's file system to be seen at `target` (relative to the new root). The attributes are MOUNT_ATTR_*.
struct Bind {
  std::string source;
  std::string target;
  uint64_t attributes;
  bool is_folder;
  bool follow_links = true;
};

/// The attributes of what may be written to.
inline constexpr uint64_t kWritable = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
inline constexpr uint64_t kReadOnly = kWritable | MOUNT_ATTR_RDONLY;

struct Link {
  std::string target;   ///< where the link points
  std::string path;     ///< relative to the new root
};

struct SmallFile {
  std::string path;   ///< relative to the new root
  std::string content;
};

/// What every sandbox on this host has in common: looked up once, when the fork server starts.
struct SystemView {
  std::vector<Bind> binds;
  std::vector<std::string> folders;   ///< made before anything is put into them, in this order
  std::vector<Link> links;
  std::vector<SmallFile> files;
  std::vector<std::string> masked;   ///< files under proc/ that are covered, where this kernel has them
  std::vector<sock_filter> filter;   ///< the compiled seccomp program
  std::string uid_map;
  std::string gid_map;
  int landlock = 0;                   ///< the version that this kernel has
  bool limits_each_process = false;   ///< no cgroup limits the memory of all, so that each process's own is limited

  [[nodiscard]] static Result<SystemView> look();
};

inline constexpr size_t kMaxBinds = 64;

/// What one run needs beside that. Owns its strings; the pointer arrays point into them and end with a null.
struct Plan {
  std::vector<Bind> binds;
  std::vector<std::string> folders;
  std::string rootfs;   ///< see Spec
  std::string root_options;
  std::vector<std::string> candidates;   ///< paths to try to execute, in order
  std::vector<const char*> argv;
  std::vector<const char*> env;
  std::vector<uint16_t> listen_ports;
  Limits limits;
  bool looks_only = false;   ///< see Spec

  Plan(const SystemView& system, Spec spec);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

 private:
  std::vector<std::string> words_;
  std::vector<std::string> variables_;
};

}   // namespace capid::sandbox

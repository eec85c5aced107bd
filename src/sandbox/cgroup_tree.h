// SPDX-License-Identifier: Apache-2.0
// The cgroups below which each run gets one of its own: found or made once, when the server starts.
#pragma once

#include <sys/types.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"

namespace capid::sandbox {

enum class CgroupVersion { kNone, kOne, kTwo };

/// Where each run's cgroup is made. Version 2 has one folder for everything, version 1 one a controller.
struct CgroupTree {
  CgroupVersion version = CgroupVersion::kNone;
  std::string memory;
  std::string pids;
  std::string cpu;
  std::string usage;     ///< of CPU time
  std::string missing;   ///< kNone: why there is no tree, and what to do, for the operator

  /// While one of these is open, no other capid takes the tree for one that was left behind.
  std::vector<std::shared_ptr<const base::Fd>> locks;

  [[nodiscard]] explicit operator bool() const { return version != CgroupVersion::kNone; }

  /// What a fork server is told of it, as arguments, and the tree of such arguments; none where they are not such.
  [[nodiscard]] std::vector<std::string> words() const;
  [[nodiscard]] static CgroupTree from_words(std::span<const char* const> words);
  static constexpr size_t kWords = 5;

  /// The folders, each once.
  [[nodiscard]] std::vector<std::string> folders() const;
};

/// Makes a tree that `user` may use once root's rights are gone. Below this process's own cgroup where that is delegated
/// to it (by systemd: `Delegate=cpu memory pids`), or where it is root; as root also below the topmost cgroup. Version 2
/// forbids processes beside a cgroup's children, so this process moves into a leaf. What earlier servers left is
/// removed. A tree without one of the three controllers is none. Call it before there is a second thread.
///
/// What stays behind when a server ends that root started: a folder `capid-UID` of that user's, in version 2 with the leaf in
/// which the server itself was, until its next start sweeps it. A later start by that user finds the folder of version 1 and
/// has cgroups, too.
[[nodiscard]] CgroupTree prepare_cgroups(uid_t user, gid_t group);

/// The folder that the servers of a user have together below `parent`, where root makes their trees.
[[nodiscard]] std::string shared_cgroup(const std::string& parent, uid_t user);

/// Kills what lives in the tree's cgroups and removes them. Waits up to a second for the dead to be gone.
void remove_run_cgroups(const CgroupTree& tree);

/// Removes the tree as well, as far as it may: call it when nothing runs in it any more.
void remove_cgroups(const CgroupTree& tree);

}   // namespace capid::sandbox

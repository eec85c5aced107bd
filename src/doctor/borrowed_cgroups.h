// SPDX-License-Identifier: Apache-2.0
// The cgroups that a server would have if it were started from here, made for a moment and taken away again.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "sandbox/cgroup_mounts.h"
#include "sandbox/cgroup_tree.h"

namespace capid::doctor {

/// Prepares the tree as the server does, and leaves the host as it was: this process in its own cgroup again, the folders
/// gone, the topmost cgroup with the controllers that it had. (A server that is started in the same moment, as the first
/// of its user since the machine's start, may find its folder gone; it says then that it has no cgroups.) Needs the rights
/// with which it was made until its end; call it while this process has one thread.
class BorrowedCgroups {
 public:
  BorrowedCgroups(uid_t user, gid_t group);
  ~BorrowedCgroups();
  BorrowedCgroups(const BorrowedCgroups&) = delete;
  BorrowedCgroups& operator=(const BorrowedCgroups&) = delete;

  [[nodiscard]] const sandbox::CgroupTree& tree() const { return tree_; }

 private:
  void remove_own_folders();
  void leave_version_2();
  void take_home_back() const;

  uid_t user_;
  std::vector<std::string> parents_;   // below which a server's own folder may be made
  std::vector<std::string> old_;       // folders that were there before, and stay
  std::optional<sandbox::CgroupPlace> home_;
  uid_t home_user_ = 0;
  gid_t home_group_ = 0;
  std::string top_controllers_;
  sandbox::CgroupTree tree_;
};

}   // namespace capid::doctor

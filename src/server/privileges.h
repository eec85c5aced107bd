// SPDX-License-Identifier: Apache-2.0
// Who capid runs as. Started as root it prepares what only root can, then drops to an ordinary user for good.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "sandbox/cgroup_tree.h"

namespace capid::server {

/// A user of the host; without an entry in /etc/passwd, the number is the name.
struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

/// Who runs this process.
[[nodiscard]] User this_user();

/// As whom `serve` would run, changing nothing: see there. As an ordinary user: that one. Errors: kInvalidParameter, saying
/// what to do.
[[nodiscard]] Result<User> service_user(const std::string& configured, const std::string& data_folder);

/// Gives root's rights up for this user's, for good, without supplementary groups. Errors: kInvalidParameter.
[[nodiscard]] Result<void> become(const User& user);

/// For `serve`. As root: makes the data folder, gives it to the service user (`configured`; else `capid` where there is
/// one, else the folder's owner where that isn't root, else `nobody`) and becomes that user, without supplementary
/// groups. As an ordinary user: makes the folder where it is missing. Returns the cgroups that this user may limit runs
/// with; none where nobody delegated any. Call it before the process has a second thread.
/// Errors: kInvalidParameter, saying what to do.
[[nodiscard]] Result<sandbox::CgroupTree> become_service_user(const std::string& configured,
                                                              const std::string& data_folder);

/// For what fills a data folder: the same without cgroups.
[[nodiscard]] Result<void> become_data_user(const std::string& configured, const std::string& data_folder);

/// For local commands. As root: becomes the owner of the data folder, so that no file there changes hands.
[[nodiscard]] Result<void> become_folder_owner(const std::string& data_folder);

/// No core files, no reading of this process's memory by others of the same user.
void forbid_dumps();

}   // namespace capid::server

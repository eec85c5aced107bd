// SPDX-License-Identifier: Apache-2.0
// Which cgroup this process is in, as a folder of the file system, in each of the kernel's hierarchies.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace capid::sandbox {

/// A process's place in one hierarchy. Both are folders of the file system, equal for the topmost cgroup.
struct CgroupPlace {
  std::string top;
  std::string own;
};

/// Of version 2, or nothing where it is not mounted, or where the process lies outside what is mounted.
[[nodiscard]] std::optional<CgroupPlace> find_cgroup_v2();

/// Of version 1: the hierarchy that has this controller.
[[nodiscard]] std::optional<CgroupPlace> find_cgroup_v1(std::string_view controller);

/// The same from the text of /proc/self/mountinfo and /proc/self/cgroup. An empty `controller` means version 2.
[[nodiscard]] std::optional<CgroupPlace> find_cgroup(std::string_view mounts, std::string_view memberships,
                                                     std::string_view controller);

}   // namespace capid::sandbox

// SPDX-License-Identifier: Apache-2.0
#include "sandbox/cgroup_mounts.h"

#include <algorithm>
#include <vector>

#include "base/fd.h"
#include "base/text.h"

namespace capid::sandbox {
namespace {

constexpr size_t kMaxProcFile = 4 << 20;

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A line of /proc/self/cgroup: NUMBER:CONTROLLER,...:PATH. Version 2 has no controllers in it.
std::optional<std::string> membership(std::string_view memberships, std::string_view controller) {
  for (const std::string& line : base::split(memberships, '\n')) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool is_it =
        controller.empty() ? line.starts_with("0::") : contains(base::split(controllers, ','), controller);
    if (is_it) return line.substr(second + 1);
  }
  return std::nullopt;
}

struct MountedCgroups {
  std::string root;   // the part of the hierarchy that is mounted
  std::string folder;
};

// A line of /proc/self/mountinfo: ID PARENT DEVICE ROOT FOLDER OPTIONS ... - TYPE SOURCE SUPER_OPTIONS.
std::optional<MountedCgroups> mounted(std::string_view mounts, std::string_view controller) {
  for (const std::string& line : base::split(mounts, '\n')) {
    const auto words = base::split(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 6 || words.end() - dash < 4) continue;
    const std::string& type = dash[1];
    const bool is_it =
        controller.empty() ? type == "cgroup2" : type == "cgroup" && contains(base::split(dash[3], ','), controller);
    if (is_it) return MountedCgroups{words[3], words[4]};
  }
  return std::nullopt;
}

std::optional<CgroupPlace> find_own(std::string_view controller) {
  const auto mounts = base::read_file("/proc/self/mountinfo", kMaxProcFile);
  const auto memberships = base::read_file("/proc/self/cgroup", kMaxProcFile);
  if (!mounts || !memberships) return std::nullopt;
  return find_cgroup(*mounts, *memberships, controller);
}

}   // namespace

std::optional<CgroupPlace> find_cgroup(std::string_view mounts, std::string_view memberships,
                                       std::string_view controller) {
  const auto where = mounted(mounts, controller);
  auto path = membership(memberships, controller);
  if (!where || !path) return std::nullopt;
  if (where->root != "/") {   // a container sees a part of the tree
    const bool inside = *path == where->root || path->starts_with(where->root + "/");
    if (!inside) return std::nullopt;
    path->erase(0, where->root.size());
  }
  if (path->starts_with("/..")) return std::nullopt;   // outside of this cgroup namespace
  const bool is_top = path->empty() || *path == "/";
  return CgroupPlace{.top = where->folder, .own = is_top ? where->folder : where->folder + *path};
}

std::optional<CgroupPlace> find_cgroup_v2() { return find_own(""); }

std::optional<CgroupPlace> find_cgroup_v1(std::string_view controller) { return find_own(controller); }

}   // namespace capid::sandbox

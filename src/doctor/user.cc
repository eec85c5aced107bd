// SPDX-License-Identifier: Apache-2.0
// Checks of the user as whom capid would serve, and of the groups that its agents would be in.
#include <grp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "doctor/checks.h"

namespace capid::doctor {
namespace {

// Each of them means root by some detour, or other people's data: Docker's and its kin's sockets, disks, password hashes,
// logs, memory.
constexpr std::array kDangerous{
    "root",    "adm", "admin",  "disk",   "docker", "incus", "incus-admin",     "kmem", "kvm",
    "libvirt", "lxd", "podman", "shadow", "sudo",   "sys",   "systemd-journal", "wheel"};

constexpr const char* kMakeUser = "useradd --system --home-dir /var/lib/capid --shell /usr/sbin/nologin capid";

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Read straight from /etc/group: a static program has no name service switch.
std::string name_of(gid_t group) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen("/etc/group", "re"));
  while (file) {
    const struct group* entry = ::fgetgrent(file.get());
    if (!entry) break;
    if (entry->gr_gid == group) return entry->gr_name;
  }
  return std::to_string(group);
}

std::vector<std::string> own_groups() {
  std::vector<gid_t> groups(static_cast<size_t>(std::max(0, ::getgroups(0, nullptr))));
  const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<size_t>(std::max(0, count)));
  groups.push_back(::getegid());
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  std::vector<std::string> names;
  for (const gid_t group : groups) names.push_back(name_of(group));
  return names;
}

}   // namespace

Answer check_user(const Host& host) {
  if (!host.user_problem.empty())
    return error(host.user_problem, std::string(kMakeUser) + "   # and  user: capid  in the config");
  const std::string who = host.user.name + " (" + std::to_string(host.user.uid) + ")";
  if (!host.started_as_root) return ok("capid runs as you, " + who);
  if (host.user.name == "nobody")
    return warning("started as root, capid drops to nobody, whom other services share: they can read all that it keeps",
                   kMakeUser);
  return ok("started as root, capid drops to " + who);
}

Answer judge_groups(const std::vector<std::string>& groups, const std::string& user) {
  std::vector<std::string> dangerous;
  for (const std::string& group : groups) {
    if (std::find(kDangerous.begin(), kDangerous.end(), group) != kDangerous.end()) dangerous.push_back(group);
  }
  if (dangerous.empty()) return ok("none that opens more than the user's own files");
  const bool one = dangerous.size() == 1;
  return warning(user + " is in the group" + (one ? " " : "s ") + base::join(dangerous, ", ") +
                     ", and so is every agent: a sandbox that is broken out of leads to " +
                     (one ? "its rights" : "their rights"),
                 "gpasswd -d " + user + " " + dangerous.front() + "   # or give capid a user of its own: " + kMakeUser);
}

Answer check_groups(const Host& host) {
  if (host.started_as_root) return ok("none beside the user's own: the others are dropped with root's rights");
  return judge_groups(own_groups(), host.user.name);
}

}   // namespace capid::doctor

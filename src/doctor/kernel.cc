// SPDX-License-Identifier: Apache-2.0
// Checks of the kernel: what it has, and what it lets an ordinary user do.
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/clock.h"
#include "doctor/checks.h"
#include "sandbox/landlock.h"

namespace capid::doctor {
namespace {

constexpr int kLeastMajor = 5,
              kLeastMinor = 14;   // mount_setattr, cgroup.kill, a number of processes per user namespace

// What the fork server keeps ready beside the runs, and what a start takes for a moment.
constexpr int64_t kSpareNamespaces = 8;
constexpr int64_t kNamespacesOfARun = 2;   // of the kind that it takes most of: mounts

constexpr const char* kNamespaceLimits[] = {"max_user_namespaces",  "max_mnt_namespaces", "max_pid_namespaces",
                                            "max_net_namespaces",   "max_ipc_namespaces", "max_uts_namespaces",
                                            "max_cgroup_namespaces"};

std::string own_program() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "/usr/bin/capid" : path.string();
}

}   // namespace

Answer judge_kernel(std::string_view release) {
  const std::string text(release);
  char* rest = nullptr;
  const long major = std::strtol(text.c_str(), &rest, 10);
  const long minor = *rest == '.' ? std::strtol(rest + 1, nullptr, 10) : 0;
  if (major > kLeastMajor || (major == kLeastMajor && minor >= kLeastMinor)) return ok("Linux " + text);
  return error("Linux " + text + " is too old: 5.14 is the least, and 5.19 for all protection",
               "boot a newer kernel; on Debian 11: apt install -t bullseye-backports linux-image-amd64");
}

Answer check_kernel(const Host&) {
  utsname names{};
  ::uname(&names);
  return judge_kernel(names.release);
}

Answer judge_namespaces(const NamespaceSettings& settings, int64_t needed) {
  if (!settings.offered)
    return error("this kernel has no user namespaces, out of which sandboxes are made",
                 "use a kernel that was built with CONFIG_USER_NS=y, such as Debian's");
  if (settings.unprivileged_clone == 0)
    return error("ordinary users may not make user namespaces, out of which sandboxes are made",
                 sysctl_command("kernel.unprivileged_userns_clone", "1"));
  const std::pair<std::string, int64_t>* lowest = nullptr;
  for (const auto& limit : settings.limits) {
    if (!lowest || limit.second < lowest->second) lowest = &limit;
  }
  if (!lowest || lowest->second >= needed) return ok("an ordinary user may make them");
  constexpr const char* kPlenty = "15000";
  const std::string name = "user." + lowest->first, fix = sysctl_command(name, kPlenty);
  if (lowest->second == 0) return error(name + " is 0: no sandbox can be made", fix);
  return warning(name + " is " + std::to_string(lowest->second) +
                     ", and as many runs at once as the config allows take " + std::to_string(needed),
                 fix);
}

Answer check_user_namespaces(const Host& host) {
  NamespaceSettings settings{.offered = ::access("/proc/self/ns/user", F_OK) == 0,
                             .unprivileged_clone = number_of("/proc/sys/kernel/unprivileged_userns_clone"),
                             .limits = {}};
  for (const char* name : kNamespaceLimits) {
    if (const auto limit = number_of(std::string("/proc/sys/user/") + name)) settings.limits.emplace_back(name, *limit);
  }
  return judge_namespaces(settings, host.for_all_runs(kNamespacesOfARun) + kSpareNamespaces);
}

Answer judge_apparmor(int64_t restriction, bool sandbox_works, const std::string& program) {
  if (restriction == 0) return ok("it does not restrict user namespaces");
  if (sandbox_works) return ok("it restricts user namespaces, and lets capid make them");
  return error("it keeps ordinary programs from using user namespaces, and knows no exception for " + program,
               "printf 'abi <abi/4.0>,\\nprofile capid " + program +
                   " flags=(unconfined) {\\n  userns,\\n}\\n' >/etc/apparmor.d/capid && apparmor_parser -r "
                   "/etc/apparmor.d/capid");
}

Answer check_apparmor(const Host& host) {
  const auto restriction = number_of("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
  return judge_apparmor(restriction.value_or(0), host.trial.worked, own_program());
}

Answer check_seccomp(const Host&) {
  const auto actions = text_of("/proc/sys/kernel/seccomp/actions_avail").value_or("");
  const bool all = actions.find("kill_process") != std::string::npos && actions.find("errno") != std::string::npos;
  if (!all)
    return error("this kernel does not filter system calls",
                 "use a kernel that was built with CONFIG_SECCOMP_FILTER=y");
  const auto status = text_of("/proc/self/status").value_or("");
  if (status.find("\nSeccomp:\t2") == std::string::npos) return ok("system calls can be filtered");
  return info("system calls can be filtered; another filter is around capid already, a container's or a unit's");
}

Answer check_landlock(const Host&) {
  const int version = sandbox::landlock_version();
  if (version >= sandbox::kLeastLandlock) return ok("version " + std::to_string(version));
  const std::string what = version > 0 ? "only version " + std::to_string(version) + " of it is there"
                                       : "it is not there, or not switched on";
  return warning(
      what + ": runs go without that second wall behind their mounts",
      "boot Linux 5.19 or newer, with landlock among the kernel's parameter lsm= (cat /sys/kernel/security/lsm)");
}

Answer check_core_pattern(const Host&) {
  const std::string pattern = text_of("/proc/sys/kernel/core_pattern").value_or("");
  if (!pattern.starts_with('|')) return ok("crashes of runs leave none");
  return info("the host's handler of core dumps (" + pattern.substr(1, pattern.find(' ') - 1) +
              ") is not called for runs: their limit forbids it");
}

Answer check_clock(const Host&) {
  constexpr base::TimeMs kYear = 365LL * 86'400'000, kYear2025 = 55 * kYear, kYear2100 = 130 * kYear;
  const base::TimeMs now = base::SystemClock().now_ms();
  const std::string fix = "timedatectl set-ntp true";
  if (now < kYear2025 || now > kYear2100)
    return warning(
        "the machine believes that it is " + base::to_iso8601(now) + ": keys expire and files are removed by it", fix);
  timex state{};
  const bool kept = ::adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
  if (kept) return ok("it is kept in time: " + base::to_iso8601(now));
  return info(
      "it says " + base::to_iso8601(now) + ", and nothing on this machine tells the kernel that it is kept in time",
      fix);
}

}   // namespace capid::doctor

// SPDX-License-Identifier: Apache-2.0
#include "doctor/failed_steps.h"

#include <cerrno>
#include <cstring>

namespace capid::doctor {
namespace {

constexpr const char* kContainer =
    "in a container, start it with: docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
    "--security-opt systempaths=unconfined";

struct Cause {
  std::string_view step;   // one that ends with a dot stands for all whose names begin so
  int error;               // 0: any
  const char* meaning;
  const char* fix;
};

// The first that fits. The items on namespaces, AppArmor and cgroups say the same of settings that can be read; here
// stands what only trying shows.
constexpr Cause kCauses[] = {
    {"orders", EMFILE, "the server's processes may have no more descriptors",
     "in a unit: LimitNOFILE=1024:524288; in a shell, as root: ulimit -Hn 524288"},
    {"clone", EPERM,
     "this user may not make user namespaces: a sysctl, AppArmor, a container's filter or a unit's "
     "RestrictNamespaces= forbids them",
     "see kernel.user_namespaces and kernel.apparmor; in a container: docker run --security-opt seccomp=unconfined"},
    {"clone", ENOSPC, "no more namespaces of some kind may be made: a user.max_*_namespaces limit is reached",
     "sysctl user | grep _namespaces, then raise what is low, such as: sysctl -w user.max_user_namespaces=15000"},
    {"clone", EAGAIN, "this user, or this cgroup, may have no more processes",
     "raise TasksMax= of the unit, or the limit in /etc/security/limits.conf (nproc)"},
    {"clone", EINVAL, "this kernel lacks some kind of namespace",
     "use a kernel with CONFIG_USER_NS, CONFIG_PID_NS, CONFIG_NET_NS, CONFIG_IPC_NS and CONFIG_UTS_NS"},
    {"clone", EUSERS, "user namespaces are nested too deep here", "start capid outside of other sandboxes"},
    {"cgroup.", 0, "the cgroups that capid was given do not do what was promised",
     "start capid by its systemd unit (systemctl start capid), which has Delegate=cpu memory pids"},
    {"host_name", EPERM,
     "user namespaces can be made and give no rights inside: that is AppArmor's restriction of Ubuntu "
     "23.10 and newer, or a unit's ProtectHostname=yes",
     "see kernel.apparmor; in a unit: ProtectHostname=no"},
    {"identity", EPERM,
     "the user's own id may not be mapped: AppArmor restricts user namespaces, or another sandbox around "
     "capid does",
     "see kernel.apparmor; in a unit: PrivateUsers=no"},
    {"loopback", 0, "no socket can be made to bring the loopback up: a filter forbids it",
     "in a unit: RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK"},
    {"listeners", 0, "no socket can be made for the run's proxy: a filter forbids it",
     "in a unit: RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK"},
    {"mounts.proc", EPERM,
     "something covers files in /proc (a container's masks, or a unit's ProtectKernelTunables= without "
     "ProtectProc=invisible), and the kernel lets nobody mount a whole one then",
     "in a container: docker run --security-opt systempaths=unconfined, or podman run --security-opt unmask=ALL; in a "
     "unit: "
     "ProtectProc=invisible"},
    {"mounts.", ENOSYS,
     "the newer calls for mounts are not there: a filter hides them, or the kernel is older than 5.14",
     "in a unit: SystemCallFilter=@system-service @mount; in a container: docker run --security-opt "
     "seccomp=unconfined"},
    {"mounts.", EPERM, "mounting is forbidden inside a user namespace, by AppArmor, SELinux or a filter", kContainer},
    {"mounts.", EACCES, "mounting is forbidden inside a user namespace, by AppArmor or SELinux", kContainer},
    {"namespaces.close", 0,
     "the limits under /proc/sys/user cannot be written inside: /proc/sys is read-only or hidden here", kContainer},
    {"cgroup.namespace", EPERM, "a cgroup namespace may not be made",
     "in a unit: RestrictNamespaces=user mnt pid net ipc uts cgroup"},
    {"cgroup.namespace", ENOSPC, "no more cgroup namespaces may be made", "sysctl -w user.max_cgroup_namespaces=15000"},
    {"landlock", 0, "a filter around capid forbids Landlock though the kernel has it",
     "in a unit: SystemCallFilter=landlock_create_ruleset landlock_add_rule landlock_restrict_self"},
    {"landlock.", 0, "a filter around capid forbids Landlock though the kernel has it",
     "in a unit: SystemCallFilter=landlock_create_ruleset landlock_add_rule landlock_restrict_self"},
    {"seccomp", 0, "the filter of system calls cannot be applied", "use a kernel with CONFIG_SECCOMP_FILTER=y"},
};

bool fits(const Cause& cause, std::string_view step, int error) {
  const bool by_name = cause.step.ends_with('.') ? step.starts_with(cause.step) : step == cause.step;
  return by_name && (cause.error == 0 || cause.error == error);
}

}   // namespace

Answer explain_failed_step(std::string_view step, int error_number) {
  const std::string what =
      "no sandbox can be made: step " + std::string(step) + " failed (" + std::strerror(error_number) + ")";
  for (const Cause& cause : kCauses) {
    if (fits(cause, step, error_number)) return error(what + ": " + cause.meaning, cause.fix);
  }
  return error(what, "journalctl -k | tail -n 50   # does the kernel say who refused it (AppArmor, SELinux, audit)?");
}

std::vector<std::string_view> steps_with_causes() {
  std::vector<std::string_view> steps;
  for (const Cause& cause : kCauses) steps.push_back(cause.step);
  return steps;
}

}   // namespace capid::doctor

// SPDX-License-Identifier: Apache-2.0
// Checks of what runs share: memory, swap, descriptors, processes.
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "doctor/checks.h"
#include "sandbox/cgroup_files.h"
#include "sandbox/cgroup_mounts.h"
#include "sandbox/spec.h"

namespace capid::doctor {
namespace {

constexpr int64_t kDescriptorsOfARun = 16, kDescriptorsBeside = 1'024;
constexpr int64_t kProcessesBeside = 256;

struct Memory {
  int64_t total = 0;
  int64_t swap = 0;
};

Memory memory_of_host() {
  struct sysinfo info {};
  ::sysinfo(&info);
  const auto unit = static_cast<int64_t>(info.mem_unit);
  return {.total = static_cast<int64_t>(info.totalram) * unit, .swap = static_cast<int64_t>(info.totalswap) * unit};
}

// 0: none.
int64_t limit_of(rlim_t limit) { return limit == RLIM_INFINITY ? 0 : static_cast<int64_t>(limit); }

rlimit limits_of(int resource) {
  rlimit limits{};
  ::getrlimit(static_cast<__rlimit_resource_t>(resource), &limits);
  return limits;
}

// The least of this cgroup and all above it; 0: none.
int64_t processes_of_cgroup() {
  auto place = sandbox::find_cgroup_v1("pids");
  if (!place) place = sandbox::find_cgroup_v2();
  int64_t least = 0;
  while (place && place->own.size() > place->top.size()) {
    const auto limit = base::to_integer(sandbox::read_cgroup_file(place->own, "pids.max"));
    if (limit && (least == 0 || *limit < least)) least = *limit;
    place->own.erase(place->own.rfind('/'));
  }
  return least;
}

std::string or_any(int64_t limit) { return limit == 0 ? "any number" : std::to_string(limit); }

// The kernel may have been told not to count swap, and then nothing keeps a run out of it.
bool swap_can_be_limited(const sandbox::CgroupTree& cgroups) {
  if (cgroups.version != sandbox::CgroupVersion::kOne) return true;
  const std::string shared = cgroups.memory.substr(0, cgroups.memory.rfind('/'));
  const std::string above = shared.substr(0, shared.rfind('/'));   // there whatever became of ours
  return ::access((above + "/memory.memsw.limit_in_bytes").c_str(), F_OK) == 0;
}

}   // namespace

Answer check_memory(const Host& host) {
  const sandbox::Limits limits;
  const int64_t total = memory_of_host().total, each = limits.memory_bytes + limits.disk_bytes;
  const int64_t all = host.for_all_runs(each);
  if (total < each)
    return warning("this host has " + size_words(total) + ", less than the " + size_words(each) +
                       " that one run may take unless its app says less",
                   "limits: {memory: 256MiB, disk: 64MiB}   # in each app.yaml");
  const std::string runs = std::to_string(host.config.runs.concurrency) + " runs at once";
  if (all <= total)
    return ok(size_words(total) + "; " + runs + " take " + size_words(all) + " at most, at the usual limits");
  const int64_t fitting = std::max<int64_t>(1, total / each);
  return info(
      runs + " may take " + size_words(all) + " at the usual limits, and this host has " + size_words(total),
      "runs: {concurrency: " + std::to_string(fitting) + "}   # in the config, or lower limits in each app.yaml");
}

Answer check_swap(const Host& host) {
  const int64_t swap = memory_of_host().swap;
  if (swap == 0) return ok("there is none");
  if (!host.cgroups) return info(size_words(swap) + "; without cgroups runs may use it");
  if (swap_can_be_limited(host.cgroups)) return ok(size_words(swap) + ", and none of it for runs");
  return warning(
      "the kernel does not count swap, so that a run over its memory may go into " + size_words(swap) + " of it",
      "add swapaccount=1 to the kernel's parameters (GRUB_CMDLINE_LINUX in /etc/default/grub), then reboot");
}

Answer judge_descriptors(int64_t soft, int64_t hard, int64_t needed) {
  const std::string found = "soft " + or_any(soft) + ", hard " + or_any(hard);
  if (hard == 0 || hard >= needed) return ok(found + "; the server takes the hard limit");
  return warning(
      found + ": as many runs at once as the config allows take " + std::to_string(needed) + " with their connections",
      "in a unit: LimitNOFILE=1024:524288; in a shell, as root: ulimit -Hn 524288");
}

Answer check_descriptors(const Host& host) {
  const rlimit limits = limits_of(RLIMIT_NOFILE);
  return judge_descriptors(limit_of(limits.rlim_cur), limit_of(limits.rlim_max),
                           host.for_all_runs(kDescriptorsOfARun) + kDescriptorsBeside);
}

Answer judge_processes(int64_t of_user, int64_t of_cgroup, int64_t of_kernel, int64_t needed) {
  struct Limit {
    int64_t most;
    const char* whose;
    const char* fix;
  };
  const Limit limits[] = {
      {of_user, "this user", "raise nproc in /etc/security/limits.conf, or LimitNPROC= in a unit"},
      {of_cgroup, "this cgroup", "systemctl edit capid, with: [Service] TasksMax=16384"},
      {of_kernel, "the kernel",
       "sysctl -w kernel.pid_max=4194304 && echo kernel.pid_max=4194304 >>/etc/sysctl.d/60-capid.conf"}};
  for (const Limit& limit : limits) {
    if (limit.most == 0 || limit.most >= needed) continue;
    return warning(std::string(limit.whose) + " may have " + std::to_string(limit.most) +
                       ", and as many runs at once as the config allows take " + std::to_string(needed),
                   limit.fix);
  }
  return ok("this user may have " + or_any(of_user) + ", this cgroup " + or_any(of_cgroup) + ", the kernel " +
            or_any(of_kernel));
}

Answer check_processes(const Host& host) {
  const int64_t kernel = std::min(number_of("/proc/sys/kernel/pid_max").value_or(INT64_MAX),
                                  number_of("/proc/sys/kernel/threads-max").value_or(INT64_MAX));
  return judge_processes(limit_of(limits_of(RLIMIT_NPROC).rlim_cur), processes_of_cgroup(),
                         kernel == INT64_MAX ? 0 : kernel,
                         host.for_all_runs(sandbox::Limits{}.pids) + kProcessesBeside);
}

}   // namespace capid::doctor

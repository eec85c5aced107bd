// SPDX-License-Identifier: Apache-2.0
// The steps that bind the processes themselves: identity, limits, capabilities, descriptors, system calls.
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "sandbox/run_cgroup.h"
#include "sandbox/steps.h"

namespace capid::sandbox {
namespace {

int write_map(const char* path, const char* content) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const auto size = static_cast<ssize_t>(std::strlen(content));
  const int error = ::write(fd, content, static_cast<size_t>(size)) == size ? 0 : errno;
  ::close(fd);
  return error;
}

// Never raises a limit that the host set lower.
int limit(int resource, int64_t most) {
  rlimit now{};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) return errno;
  const rlim_t value = std::min<rlim_t>(now.rlim_max, static_cast<rlim_t>(most));
  const rlimit wanted{value, value};
  return ::setrlimit(static_cast<__rlimit_resource_t>(resource), &wanted) == 0 ? 0 : errno;
}

}   // namespace

int enter_cgroup(Child& child) { return child.cgroup ? child.cgroup->enter() : 0; }

int set_host_name(Child&) {
  constexpr char kName[] = "capid";
  return ::sethostname(kName, sizeof kName - 1) == 0 ? 0 : errno;
}

// The maps lie in /proc files that belong to root while a process is not dumpable, so it is for this moment: it holds
// nothing secret. Host uid 0 never gets in here: the fork server refuses to run as root.
int map_identity(Child& child) {
  if (::prctl(PR_SET_DUMPABLE, 1) != 0) return errno;
  if (const int error = write_map("/proc/self/setgroups", "deny")) return error;
  if (const int error = write_map("/proc/self/gid_map", child.system.gid_map.c_str())) return error;
  if (const int error = write_map("/proc/self/uid_map", child.system.uid_map.c_str())) return error;
  return ::prctl(PR_SET_DUMPABLE, 0) == 0 ? 0 : errno;
}

// Asked for first, checked second: a parent that died in between shows as a readable pidfd. (getppid is always 0 in a
// new pid namespace.)
int die_with_parent(Child&) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
  pollfd parent{kParent, POLLIN, 0};
  const int ready = ::poll(&parent, 1, 0);
  ::close(kParent);
  return ready == 0 ? 0 : ESRCH;
}

int raise_loopback(Child&) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return errno;
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP;
  const int error = ::ioctl(socket, SIOCSIFFLAGS, &request) == 0 ? 0 : errno;
  ::close(socket);
  return error;
}

// In the run's own net namespace, where nobody else can be: whoever connects is this run. Programs that begin at once find
// them listening, and wait in the backlog for as long as the server takes.
int listen_on_loopback(Child& child) {
  constexpr int kBacklog = 128;
  for (const uint16_t port : child.plan->listen_ports) {
    if (child.listener_count == kMaxListeners) return E2BIG;
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return errno;
    child.listeners[child.listener_count++] = socket;
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_port = htons(port);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) return errno;
    if (::listen(socket, kBacklog) != 0) return errno;
  }
  return 0;
}

int set_limits(Child& child) {
  const Limits& limits = child.plan->limits;
  constexpr int64_t kLockedBytes = 8 << 20;
  // Parts of what the server's user may have in all, which most hosts set eight and a hundred times as high.
  constexpr int64_t kQueueBytes = 100'000, kPendingSignals = 1'024;
  struct Wanted {
    int resource;
    int64_t most;
  };
  // A core size of 1 is the kernel's value for "not even to a pipe": with 0 and a piped core_pattern the host's handler
  // still runs, as root. Processes are counted per user namespace, init among them.
  const Wanted wanted[] = {{RLIMIT_CORE, 1},
                           {RLIMIT_FSIZE, limits.disk_bytes},
                           {RLIMIT_NOFILE, limits.open_files},
                           {RLIMIT_MEMLOCK, kLockedBytes},
                           {RLIMIT_MSGQUEUE, kQueueBytes},
                           {RLIMIT_SIGPENDING, kPendingSignals},
                           {RLIMIT_NPROC, limits.pids + 1}};
  for (const Wanted& one : wanted) {
    if (const int error = limit(one.resource, one.most)) return error;
  }
  return 0;
}

// What it shows as its root is the cgroup that the run is in by now.
int close_cgroups(Child&) { return ::unshare(CLONE_NEWCGROUP) == 0 ? 0 : errno; }

int drop_capabilities(Child&) {
  constexpr int kHighestThinkable = 63;
  for (int capability = 0; capability <= kHighestThinkable && ::prctl(PR_CAPBSET_DROP, capability) == 0; ++capability) {
  }
  if (errno != EINVAL) return errno;   // EINVAL: past the last that this kernel has
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return errno;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  return syscall(SYS_capset, &header, none) == 0 ? 0 : errno;
}

int forbid_new_privileges(Child&) { return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno; }

// Nothing stays open but the three streams, and the report socket until exec.
int take_streams(Child&) {
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing < 0) return errno;
  if (::dup2(nothing, STDIN_FILENO) < 0 || ::dup2(kStdout, STDOUT_FILENO) < 0 || ::dup2(kStderr, STDERR_FILENO) < 0)
    return errno;
  if (::fcntl(kEvents, F_SETFD, 0) != 0 || ::fcntl(kReport, F_SETFD, FD_CLOEXEC) != 0) return errno;
  return ::close_range(kReport + 1, ~0U, 0) == 0 ? 0 : errno;
}

int enter_working_folder(Child&) {
  if (::setsid() < 0) return errno;
  ::umask(022);
  return ::chdir(kWorkingFolder) == 0 ? 0 : errno;
}

// Of each process, where no cgroup limits all together. Only the payload's: init may be a build that reserves much. The
// address space is never limited, or runtimes that reserve much of it and use little would not start.
int limit_memory(Child& child) {
  return child.system.limits_each_process ? limit(RLIMIT_DATA, child.plan->limits.memory_bytes) : 0;
}

int apply_filter(Child& child) {
  const auto& filter = child.system.filter;
  const sock_fprog program{static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
}

}   // namespace capid::sandbox

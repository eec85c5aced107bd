// SPDX-License-Identifier: Apache-2.0
#include "sandbox/seccomp.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>

#include "base/fd.h"

namespace capid::sandbox {
namespace {

// Modelled on the list of Docker's public default profile, less what an agent has no use for and the kernel's history
// warns of: ptrace, process_vm_*, pidfd_getfd, kcmp, handles, keyrings, io_uring, userfaultfd, bpf, perf, mounts,
// namespaces, memfd_secret, native AIO (whose one limit is the whole host's). What needs a capability fails anyway and is
// left out as well.
// clang-format off
constexpr std::array kAllowed{
    "accept", "accept4", "access", "alarm", "arch_prctl", "bind", "brk", "capget", "capset", "chdir", "chmod",
    "chown", "clock_getres", "clock_gettime", "clock_nanosleep", "close", "close_range", "connect",
    "copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait",
    "epoll_pwait2", "epoll_wait", "eventfd", "eventfd2", "execve", "execveat", "exit", "exit_group", "faccessat",
    "faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod", "fchmodat", "fchown", "fchownat", "fcntl",
    "fdatasync", "fgetxattr", "flistxattr", "flock", "fork", "fremovexattr", "fsetxattr", "fstat", "fstatfs",
    "fsync", "ftruncate", "futex", "futex_waitv", "futimesat", "getcpu", "getcwd", "getdents", "getdents64",
    "getegid", "geteuid", "getgid", "getgroups", "getitimer", "getpeername", "getpgid", "getpgrp", "getpid",
    "getppid", "getpriority", "getrandom", "getresgid", "getresuid", "getrlimit", "get_robust_list", "getrusage",
    "getsid", "getsockname", "getsockopt", "get_thread_area", "gettid", "gettimeofday", "getuid", "getxattr",
    "inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch", "ioctl", "ioprio_get",
    "ioprio_set", "kill",
    "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "lchown", "lgetxattr", "link",
    "linkat", "listen", "listxattr", "llistxattr", "lremovexattr", "lseek", "lsetxattr", "lstat", "madvise",
    "membarrier", "memfd_create", "mincore", "mkdir", "mkdirat", "mlock", "mlock2", "mlockall", "mmap", "mprotect",
    "mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedsend", "mq_unlink", "mremap", "msgctl",
    "msgget", "msgrcv", "msgsnd", "msync", "munlock", "munlockall", "munmap", "nanosleep", "newfstatat", "open",
    "openat", "openat2", "pause", "pidfd_open", "pidfd_send_signal", "pipe", "pipe2", "pkey_alloc", "pkey_free",
    "pkey_mprotect", "poll", "ppoll", "prctl", "pread64", "preadv", "preadv2", "prlimit64", "process_madvise",
    "process_mrelease", "pselect6", "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readlink",
    "readlinkat", "readv", "recvfrom", "recvmmsg", "recvmsg", "remap_file_pages", "removexattr", "rename",
    "renameat", "renameat2", "restart_syscall", "rmdir", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
    "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_tgsigqueueinfo", "sched_getaffinity",
    "sched_getattr", "sched_getparam", "sched_get_priority_max", "sched_get_priority_min", "sched_getscheduler",
    "sched_rr_get_interval", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler",
    "sched_yield", "select", "semctl", "semget", "semop", "semtimedop", "sendfile", "sendmmsg", "sendmsg", "sendto",
    "setfsgid", "setfsuid", "setgid", "setgroups", "setitimer", "setpgid", "setpriority", "setregid", "setresgid",
    "setresuid", "setreuid", "setrlimit", "set_robust_list", "setsid", "setsockopt", "set_thread_area",
    "set_tid_address", "setuid", "setxattr", "shmat", "shmctl", "shmdt", "shmget", "shutdown", "sigaltstack",
    "signalfd", "signalfd4", "splice", "stat", "statfs", "statx", "symlink", "symlinkat", "sync", "sync_file_range",
    "syncfs", "sysinfo", "tee", "tgkill", "time", "timer_create", "timer_delete", "timerfd_create",
    "timerfd_gettime", "timerfd_settime", "timer_getoverrun", "timer_gettime", "timer_settime", "times", "tkill",
    "truncate", "umask", "uname", "unlink", "unlinkat", "utime", "utimensat", "utimes", "vfork", "wait4", "waitid",
    "waitpid", "write", "writev",
};
// clang-format on

// The newest call that the list was checked against: set_mempolicy_home_node, of Linux 5.17. Newer ones share these
// numbers on every architecture.
constexpr uint32_t kNewestKnown = 450;
constexpr uint32_t kX32Bit = 0x40000000;

constexpr uint64_t kNewNamespaces =
    CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP;
static_assert(kNewNamespaces == 0x7E020000);

constexpr std::array<uint32_t, 5> kHarmlessPersonalities{0x0, 0x8, 0x20000, 0x20008, 0xffffffff};

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

Error failed(const char* what, int code) {
  return {Code::kSandboxSetupFailed,
          "the system-call filter cannot be compiled",
          {},
          std::string(what) + ": " + std::to_string(-code)};
}

Result<void> allow_everywhere(void* filter) {
  for (const char* name : kAllowed) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) return failed(name, number);
    if (const int code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0); code != 0) return failed(name, code);
  }
  return {};
}

template <typename... Conditions>
Result<void> rule(void* filter, uint32_t action, const char* name, Conditions... conditions) {
  const int code =
      seccomp_rule_add(filter, action, seccomp_syscall_resolve_name(name), sizeof...(conditions), conditions...);
  if (code != 0) return failed(name, code);
  return {};
}

Result<void> allow_with_arguments(void* filter) {
  TRY(rule(filter, SCMP_ACT_ALLOW, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, kNewNamespaces, 0)));
  for (const char* answered_as_unknown : {"clone3", "io_setup"}) {   // programs have another way then
    TRY(rule(filter, SCMP_ACT_ERRNO(ENOSYS), answered_as_unknown));
  }
  for (const int domain : {AF_UNIX, AF_INET, AF_INET6}) {
    TRY(rule(filter, SCMP_ACT_ALLOW, "socket", SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(domain))));
  }
  TRY(rule(filter, SCMP_ACT_ALLOW, "socket", SCMP_A0(SCMP_CMP_EQ, AF_NETLINK), SCMP_A2(SCMP_CMP_EQ, 0)));
  for (const scmp_datum_t kind : {0, S_IFREG, S_IFIFO, S_IFSOCK}) {   // devices never
    TRY(rule(filter, SCMP_ACT_ALLOW, "mknod", SCMP_A1(SCMP_CMP_MASKED_EQ, S_IFMT, kind)));
    TRY(rule(filter, SCMP_ACT_ALLOW, "mknodat", SCMP_A2(SCMP_CMP_MASKED_EQ, S_IFMT, kind)));
  }
  TRY(rule(filter, SCMP_ACT_ALLOW, "socketpair", SCMP_A0(SCMP_CMP_EQ, AF_UNIX)));
  TRY(rule(filter, SCMP_ACT_ALLOW, "seccomp", SCMP_A1(SCMP_CMP_MASKED_EQ, SECCOMP_FILTER_FLAG_NEW_LISTENER, 0)));
  for (const uint32_t persona : kHarmlessPersonalities) {
    TRY(rule(filter, SCMP_ACT_ALLOW, "personality", SCMP_A0(SCMP_CMP_EQ, persona)));
  }
  return {};
}

Result<std::vector<sock_filter>> export_program(void* filter) {
  const base::Fd memory(::memfd_create("filter", MFD_CLOEXEC));
  if (!memory) return base::system_error("the system-call filter cannot be compiled", "memfd_create");
  if (const int code = seccomp_export_bpf(filter, memory.get()); code != 0) return failed("export", code);
  const off_t size = ::lseek(memory.get(), 0, SEEK_CUR);
  std::vector<sock_filter> program(static_cast<size_t>(size) / sizeof(sock_filter));
  if (::pread(memory.get(), program.data(), static_cast<size_t>(size), 0) != size) {
    return base::system_error("the system-call filter cannot be compiled", "pread");
  }
  return program;
}

// A call that is refused by one of its arguments, of which the kernel looks at 32 bits: a filter that looked at 64 was
// CVE-2017-5226 and CVE-2019-10063 for others.
struct Refused {
  int call;
  unsigned argument;   // its place, from 0
  uint16_t test;       // BPF_JEQ: it is `value`; BPF_JSET: it has a bit of it
  uint32_t value;
};

constexpr uint32_t kSetDelegation = F_SETLEASE + 16;   // F_SETDELEG, of Linux 6.19

// What types into terminals; what makes others wait who open a file that several runs and the server share; and huge
// pages, which no memory limit counts.
constexpr Refused kRefused[] = {
    {SCMP_SYS(ioctl), 1, BPF_JEQ, TIOCSTI},       {SCMP_SYS(ioctl), 1, BPF_JEQ, TIOCLINUX},
    {SCMP_SYS(fcntl), 1, BPF_JEQ, F_SETLEASE},    {SCMP_SYS(fcntl), 1, BPF_JEQ, kSetDelegation},
    {SCMP_SYS(mmap), 3, BPF_JSET, MAP_HUGETLB},   {SCMP_SYS(memfd_create), 1, BPF_JSET, MFD_HUGETLB},
    {SCMP_SYS(shmget), 2, BPF_JSET, SHM_HUGETLB},
};

// What libseccomp cannot say, in front of what it made: an answer for unknown numbers, and the above.
std::vector<sock_filter> with_prologue(std::vector<sock_filter> program) {
  constexpr auto kNumber = static_cast<uint32_t>(offsetof(seccomp_data, nr));
  constexpr auto kArchitecture = static_cast<uint32_t>(offsetof(seccomp_data, arch));
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  const auto low_half_of = [](unsigned argument) {
    return static_cast<uint32_t>(offsetof(seccomp_data, args) + argument * sizeof(uint64_t));
  };
  std::vector<sock_filter> refusals;
  for (const Refused& one : kRefused) {
    refusals.insert(refusals.end(), {
                                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(one.call), 0, 4),
                                        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low_half_of(one.argument)),
                                        BPF_JUMP(static_cast<uint16_t>(BPF_JMP | one.test | BPF_K), one.value, 0, 1),
                                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                                        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
                                    });
  }
  const auto to_the_end = static_cast<uint8_t>(refusals.size());
  std::vector<sock_filter> prologue{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kArchitecture),   // a foreign one, and x32: libseccomp's part kills
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 0, static_cast<uint8_t>(to_the_end + 4)),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, static_cast<uint8_t>(to_the_end + 2), 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, kNewestKnown, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
  };
  prologue.insert(prologue.end(), refusals.begin(), refusals.end());
  program.insert(program.begin(), prologue.begin(), prologue.end());
  return program;
}

}   // namespace

Result<std::vector<sock_filter>> compile_filter() {
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (!filter) return failed("init", -ENOMEM);
  if (const int code = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS); code != 0)
    return failed("arch", code);
  if (const int code = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2); code != 0)
    return failed("optimize", code);
  TRY(allow_everywhere(filter.get()));
  TRY(allow_with_arguments(filter.get()));
  return with_prologue(TRY(export_program(filter.get())));
}

}   // namespace capid::sandbox

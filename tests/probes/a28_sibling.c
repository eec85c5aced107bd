// SPDX-License-Identifier: Apache-2.0
// Act 28: reaches into another run. Arguments: hold; or try and a file with the other's pid, or the pid itself.
#include "probe.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

static pid_t pid_from(const char* text) {
  char bytes[32] = "";
  const int fd = open(text, O_RDONLY);
  if (fd < 0) return atoi(text);
  return read(fd, bytes, sizeof bytes - 1) > 0 ? atoi(bytes) : 0;
}

// A namespace counts its processes from 1; what has just begun has none beyond these.
static int reachable(void) {
  int count = 0;
  for (pid_t pid = 1; pid < 1 << 16; ++pid) count += kill(pid, 0) == 0 || errno == EPERM;
  return count;
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  if (strcmp(argv[1], "hold") == 0) {
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    hold();
    return 0;
  }
  const pid_t other = argc > 2 ? pid_from(argv[2]) : 0;
  if (other <= 1) return 2;
  char byte = 0;
  struct iovec here = {&byte, 1}, there = {(void*)argv, 1};
  tell(kill(other, 0), "kill");
  tell(syscall(SYS_pidfd_open, other, 0), "pidfd_open");
  tell(syscall(SYS_process_vm_readv, other, &here, 1, &there, 1, 0) == 0 ? 0 : -1, "process_vm_readv");
  tell(syscall(SYS_kcmp, getpid(), other, 0, 0, 0), "kcmp");
  tell(syscall(SYS_ptrace, PTRACE_SEIZE, other, 0, 0), "ptrace seize");
  tell(syscall(SYS_ptrace, PTRACE_ATTACH, other, 0, 0), "ptrace attach");
  say("processes that can be named: %d", reachable());
  return 0;
}

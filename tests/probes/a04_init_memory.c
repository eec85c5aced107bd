// SPDX-License-Identifier: Apache-2.0
// Act 4: reads and writes the memory of pid 1.
#include "probe.h"

#include <sys/ptrace.h>
#include <sys/uio.h>

int main(void) {
  char byte = 0;
  struct iovec here = {&byte, 1}, there = {&byte, 1};
  tell(open("/proc/1/mem", O_RDWR), "open /proc/1/mem");
  tell(open("/proc/1/maps", O_RDONLY), "open /proc/1/maps");
  tell(syscall(SYS_process_vm_readv, 1, &here, 1, &there, 1, 0), "process_vm_readv");
  tell(syscall(SYS_process_vm_writev, 1, &here, 1, &there, 1, 0), "process_vm_writev");
  tell(syscall(SYS_ptrace, PTRACE_SEIZE, 1, 0, 0), "ptrace");
  return 0;
}

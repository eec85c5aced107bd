// SPDX-License-Identifier: Apache-2.0
// Act 65: takes what the host has once for all its processes, or for all of a user's. Nothing is kept.
#include "probe.h"

#include <linux/aio_abi.h>
#include <linux/memfd.h>
#include <mqueue.h>
#include <sys/mman.h>
#include <sys/shm.h>

#define HIGH_BITS 0x100000000ul

static void huge_pages(void) {
  const size_t size = 2 << 20;
  const long flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE;   // which takes none until one is used
  tell(syscall(SYS_mmap, NULL, size, PROT_READ, flags, -1, 0) == -1 ? -1 : 0, "mmap MAP_HUGETLB");
  tell(syscall(SYS_memfd_create, "huge", MFD_HUGETLB), "memfd_create MFD_HUGETLB");
  tell(syscall(SYS_memfd_create, "huge", MFD_HUGETLB | HIGH_BITS), "memfd_create with high bits");
  tell(shmget(IPC_PRIVATE, size, IPC_CREAT | SHM_HUGETLB | 0600), "shmget SHM_HUGETLB");
  tell(syscall(SYS_memfd_create, "usual", 0), "memfd_create");
}

// How many signals can wait for this process at most; all are gone with it.
static int pending_signals(int most) {
  const pid_t child = fork();
  if (child != 0) {
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  }
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  int queued = 0;
  while (queued < most && sigqueue(getpid(), SIGRTMIN, (union sigval){0}) == 0) ++queued;
  _exit(queued < most ? 1 : 2);
}

int main(void) {
  aio_context_t context = 0;
  huge_pages();
  tell(syscall(SYS_io_setup, 1, &context), "io_setup");
  say("20000 pending signals: %s", pending_signals(20000) == 1 ? "no" : "yes");
  tell(mq_open("/capid-first", O_RDWR | O_CREAT, 0600, NULL), "first queue");
  tell(mq_open("/capid-second", O_RDWR | O_CREAT, 0600, NULL), "second queue");
  mq_unlink("/capid-first");
  mq_unlink("/capid-second");
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 19: makes namespaces of its own. Act 21 is the same without the system-call filter.
#include "probe.h"

#include <sched.h>

static const struct {
  const char* name;
  unsigned long flag;
} kinds[] = {{"NEWUSER", CLONE_NEWUSER}, {"NEWUSER|NEWNS", CLONE_NEWUSER | CLONE_NEWNS},
             {"NEWNS", CLONE_NEWNS},     {"NEWPID", CLONE_NEWPID},
             {"NEWNET", CLONE_NEWNET},   {"NEWIPC", CLONE_NEWIPC},
             {"NEWUTS", CLONE_NEWUTS},   {"NEWCGROUP", CLONE_NEWCGROUP}};

// Each in a child, so that one success does not open the way to the next.
static void try_unshare(const char* name, unsigned long flag) {
  const pid_t child = fork();
  if (child == 0) {
    tell(syscall(SYS_unshare, flag), "unshare %s", name);
    _exit(0);
  }
  wait_for(child, name);
}

static void try_clone(const char* name, unsigned long flag) {
  const long child = syscall(SYS_clone, flag | SIGCHLD, NULL, NULL, NULL, NULL);
  if (child == 0) _exit(0);
  tell(child, "clone %s", name);
  if (child > 0) wait_for((pid_t)child, name);
}

int main(void) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) try_unshare(kinds[i].name, kinds[i].flag);
  try_unshare("NEWTIME", CLONE_NEWTIME);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) try_clone(kinds[i].name, kinds[i].flag);
  return 0;
}

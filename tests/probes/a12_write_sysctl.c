// SPDX-License-Identifier: Apache-2.0
// Act 12: opens settings of the kernel for writing. It writes nothing: core_pattern belongs to the machine.
#include "probe.h"

int main(void) {
  const char* names[] = {"kernel/core_pattern",        "kernel/hostname",  "kernel/shmmax",
                         "user/max_user_namespaces",   "vm/drop_caches",   "net/ipv4/ip_forward",
                         "user/max_inotify_instances", "fs/mqueue/msg_max"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    char path[256];
    snprintf(path, sizeof path, "/proc/sys/%s", names[i]);
    tell(open(path, O_WRONLY), "open %s", path);
  }
  tell(mkdir("/proc/sys/probe", 0700), "mkdir /proc/sys/probe");
  tell(chmod("/proc/sys/kernel/hostname", 0666), "chmod /proc/sys/kernel/hostname");
  return 0;
}

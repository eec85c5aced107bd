// SPDX-License-Identifier: Apache-2.0
// Act 27: uses what attacks on the kernel are built with: userfaultfd, bpf, perf.
#include "probe.h"

#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>

int main(void) {
  union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
  struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE,
                                  .size = sizeof event,
                                  .config = PERF_COUNT_SW_CPU_CLOCK,
                                  .exclude_kernel = 1,
                                  .exclude_hv = 1};
  tell(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY), "userfaultfd");
  tell(syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map), "bpf");
  tell(syscall(SYS_perf_event_open, &event, 0, -1, -1, 0), "perf_event_open");
  return 0;
}

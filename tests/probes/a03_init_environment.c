// SPDX-License-Identifier: Apache-2.0
// Act 3: reads the environment of pid 1, and the rest of what /proc tells of it.
#include "probe.h"

int main(void) {
  const char* paths[] = {"/proc/1/environ", "/proc/1/cmdline", "/proc/1/root",  "/proc/1/cwd",
                         "/proc/1/exe",     "/proc/1/fd",      "/proc/1/ns/net"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; ++i) tell(open(paths[i], O_RDONLY), "open %s", paths[i]);
  return 0;
}

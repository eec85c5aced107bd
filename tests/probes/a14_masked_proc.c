// SPDX-License-Identifier: Apache-2.0
// Act 14: reads what /proc tells of the machine. Arguments: names in /proc.
#include "probe.h"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    char path[256], bytes[4096];
    snprintf(path, sizeof path, "/proc/%s", argv[i]);
    const int fd = open(path, O_RDONLY);
    const ssize_t got = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
    say("read %s: %s", path, got < 0 ? strerrorname_np(errno) : got == 0 ? "empty" : "content");
    close(fd);
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 6: uses a descriptor that somebody forgot to close.
#include "probe.h"

static const char* kind(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return "?";
  return S_ISFIFO(status.st_mode)  ? "pipe"
         : S_ISCHR(status.st_mode) ? "device"
         : S_ISREG(status.st_mode) ? "file"
                                   : "other";
}

int main(void) {
  const int most = (int)sysconf(_SC_OPEN_MAX);
  for (int fd = 0; fd < most; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) say("%d: %s", fd, kind(fd));
  }
  return 0;
}

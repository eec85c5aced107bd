// SPDX-License-Identifier: Apache-2.0
// Act 13: opens sysrq-trigger for writing. It writes nothing: where it could, the machine would act on it.
#include "probe.h"

#include <sys/sysmacros.h>

int main(void) {
  const int fd = open("/proc/sysrq-trigger", O_WRONLY);
  struct stat status;
  const int masked = fd >= 0 && fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
  if (masked) {
    say("open /proc/sysrq-trigger: the null device");
  } else {
    tell(fd, "open /proc/sysrq-trigger");
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 57: stops every process, itself the last, so that no request to end is heard. The argument marks its processes.
#include "probe.h"

int main(void) {
  for (int i = 0; i < 3; ++i) {
    if (fork() == 0) {
      for (;;) pause();
    }
  }
  usleep(100000);
  dprintf(STDERR_FILENO, "stopping\n");
  kill(-1, SIGSTOP);
  kill(1, SIGSTOP);
  for (;;) raise(SIGSTOP);
}

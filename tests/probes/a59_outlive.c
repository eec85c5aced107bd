// SPDX-License-Identifier: Apache-2.0
// Act 59: lives on when the server is killed, with children in sessions of their own. The argument marks its processes.
#include "probe.h"

int main(void) {
  for (int i = 0; i < 3; ++i) {
    if (fork() == 0) {
      setsid();
      for (int number = 1; number < NSIG; ++number) signal(number, SIG_IGN);
      for (;;) pause();
    }
  }
  dprintf(STDERR_FILENO, "living\n");
  for (;;) pause();
}

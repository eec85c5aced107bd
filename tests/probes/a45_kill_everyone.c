// SPDX-License-Identifier: Apache-2.0
// Act 45: kills every process it can name, and init.
#include "probe.h"

int main(void) {
  signal(SIGTERM, SIG_IGN);
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  tell(kill(-1, SIGKILL), "kill -1");
  wait_for(child, "its own child");
  tell(kill(1, SIGKILL), "kill 1");
  usleep(100000);
  tell(kill(1, 0), "init is there");
  return 0;
}

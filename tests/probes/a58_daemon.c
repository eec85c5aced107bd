// SPDX-License-Identifier: Apache-2.0
// Act 58: leaves a daemon that ignores every polite signal. Arguments: leave or stay, and a mark for its processes.
#include "probe.h"

static void become_daemon(void) {
  if (fork() != 0) return;
  setsid();
  if (fork() != 0) _exit(0);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_IGN);
  for (;;) pause();
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  become_daemon();
  usleep(100000);
  say("left a daemon");
  dprintf(STDERR_FILENO, "left a daemon\n");
  if (strcmp(argv[1], "leave") == 0) return 0;
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_IGN);
  for (;;) pause();
}

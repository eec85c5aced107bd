// SPDX-License-Identifier: Apache-2.0
// Act 54: swaps a folder with a symlink to /etc again and again, while it ends and its artifacts are looked at.
#include "probe.h"

#include <linux/fs.h>

int main(void) {
  if (chdir("/out") != 0 || mkdir("folder", 0755) != 0 || symlink("/etc", "link") != 0) return 2;
  const int fd = open("folder/passwd", O_WRONLY | O_CREAT, 0644);
  if (write(fd, "mine\n", 5) != 5) return 2;
  int ready[2];
  if (pipe(ready) != 0) return 2;
  if (fork() == 0) {
    signal(SIGTERM, SIG_IGN);
    for (int i = 0;; ++i) {
      if (renameat2(AT_FDCWD, "folder", AT_FDCWD, "link", RENAME_EXCHANGE) != 0) _exit(1);
      if (i == 100 && write(ready[1], "", 1) != 1) _exit(1);
    }
  }
  char byte;
  say("swapping: %s", read(ready[0], &byte, 1) == 1 ? "ok" : "failed");
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 18: signals to another run, or blocks it, by locking a file that both can read. Arguments: hold or try, then
// files.
#include "probe.h"

#include <sys/file.h>

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  for (int i = 2; i < argc; ++i) tell(flock(open(argv[i], O_RDONLY), LOCK_EX | LOCK_NB), "lock %s", argv[i]);
  if (strcmp(argv[1], "hold") == 0) hold();
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 46: makes children that stay, until no more is to be had. Argument: how many at most.
#include "probe.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const long most = atol(argv[1]);
  long made = 0;
  int error = 0;
  while (error == 0 && made < most) {
    const pid_t child = fork();
    if (child == 0) {
      for (;;) pause();
    }
    if (child < 0) error = errno;
    else ++made;
  }
  say("%s after %ld children", error ? strerrorname_np(error) : "no end", made);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 47: a child takes memory and keeps it. Argument: how many MiB at most.

#include "probe.h"

#include <sys/mman.h>

static int take(long most) {
  enum { kMiB = 1 << 20 };
  for (long taken = 0; taken < most; ++taken) {
    char* memory = mmap(NULL, kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      say("%s after %ld MiB", strerrorname_np(errno), taken);
      return 1;
    }
    memset(memory, 1, kMiB);
  }
  say("took %ld MiB", most);
  return 0;
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  say("begins");
  const pid_t child = fork();
  if (child == 0) return take(atol(argv[1]));
  wait_for(child, "the child");
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 56: takes all descriptors and all inotify instances and watches that it can get. Argument: how many at most of each.

#include "probe.h"

#include <sys/inotify.h>
#include <sys/resource.h>

static void report(const char* what, long made, long most) {
  say("%s: %s after %ld", what, made < most ? strerrorname_np(errno) : "no end", made);
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const long most = atol(argv[1]);
  long made = 0;
  int instance = -1, last = -1;
  while (made < most && (last = inotify_init1(0)) >= 0) {
    instance = last;
    ++made;
  }
  report("inotify instances", made, most);
  made = 0;
  for (char path[64]; made < most; ++made) {
    snprintf(path, sizeof path, "/tmp/%ld", made);
    if (mkdir(path, 0700) != 0 || inotify_add_watch(instance, path, IN_ACCESS) < 0) break;
  }
  report("inotify watches", made, most);
  made = 0;
  while (made < most && dup(STDOUT_FILENO) >= 0) ++made;
  report("descriptors", made, most);
  struct rlimit wider = {1 << 20, 1 << 20};
  tell(setrlimit(RLIMIT_NOFILE, &wider), "raise the limit of descriptors");
  return 0;
}

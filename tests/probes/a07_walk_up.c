// SPDX-License-Identifier: Apache-2.0
// Act 7: walks out of its root by "..", from the working folder and from every open descriptor. Argument: a file of the
// host.
#include "probe.h"

static int top_of(int folder) {
  for (int i = 0; i < 64 && folder >= 0; ++i) folder = openat(folder, "..", O_RDONLY | O_DIRECTORY);
  return folder;
}

static void try_from(int folder, const char* name, const char* host_file) {
  struct stat root, top;
  const int reached = top_of(folder);
  const int same =
      stat("/", &root) == 0 && fstat(reached, &top) == 0 && root.st_dev == top.st_dev && root.st_ino == top.st_ino;
  say("up from %s: %s", name, reached < 0 ? strerrorname_np(errno) : same ? "the root" : "elsewhere");
  tell(openat(reached, host_file + 1, O_RDONLY), "the host's file from there");
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  char* cwd = get_current_dir_name();
  say("cwd: %s", cwd);
  try_from(open(".", O_RDONLY | O_DIRECTORY), "cwd", argv[1]);
  try_from(open("/proc/self/root", O_RDONLY | O_DIRECTORY), "/proc/self/root", argv[1]);
  try_from(open("/proc/self/cwd", O_RDONLY | O_DIRECTORY), "/proc/self/cwd", argv[1]);
  for (int fd = 0; fd < 3; ++fd) tell(openat(fd, "..", O_RDONLY), "openat %d ..", fd);
  tell(chroot("/tmp"), "chroot");
  return 0;
}

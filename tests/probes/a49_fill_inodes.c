// SPDX-License-Identifier: Apache-2.0
// Act 49: uses up the file system's inodes. Arguments: how many at most, then the folders.
#include "probe.h"

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int most = atoi(argv[1]);
  int count = 0, error = 0;
  while (error == 0 && count < most) {
    char path[4096];
    snprintf(path, sizeof path, "%s/inode-%d", argv[2 + count % (argc - 2)], count);
    error = mkdir(path, 0755) == 0 ? 0 : errno;
    if (error == 0) ++count;
  }
  say("%s after %d inodes", error ? strerrorname_np(error) : "full", count);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 48: fills everything that it may write. Arguments: how many bytes at most, then the folders.
#include "probe.h"

enum { kChunk = 4096, kChunksInFile = 16 };

// Returns 0 when the file is full, else the errno.
static int fill(const char* path, long* bytes, long most) {
  static const char chunk[kChunk] = "x";
  const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (fd < 0) return errno;
  for (int i = 0; i < kChunksInFile && *bytes < most; ++i) {
    const ssize_t wrote = write(fd, chunk, sizeof chunk);
    if (wrote < 0) return errno;
    *bytes += wrote;
  }
  close(fd);
  return 0;
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const long most = atol(argv[1]);
  long bytes = 0;
  int error = 0;
  for (int i = 0; error == 0 && bytes < most; ++i) {
    char path[4096];
    snprintf(path, sizeof path, "%s/fill-%d", argv[2 + i % (argc - 2)], i);
    error = fill(path, &bytes, most);
  }
  say("%s after %ld bytes", error ? strerrorname_np(error) : "full", bytes);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 16: meets another run in /dev/shm or another scratch folder. Arguments: hold or try, then the folders.
#include "probe.h"

#include <dirent.h>

static int entries_in(const char* folder) {
  int count = 0;
  DIR* stream = opendir(folder);
  if (!stream) return -1;
  for (const struct dirent* entry; (entry = readdir(stream));) count += entry->d_name[0] != '.';
  closedir(stream);
  return count;
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const int holds = strcmp(argv[1], "hold") == 0;
  for (int i = 2; i < argc; ++i) {
    char path[4096];
    snprintf(path, sizeof path, "%s/capid-probe", argv[i]);
    tell(open(path, holds ? O_RDWR | O_CREAT | O_EXCL : O_RDWR, 0666), "%s %s", holds ? "create" : "open", path);
  }
  if (holds) hold();
  for (int i = 2; i < argc; ++i) say("entries in %s: %d", argv[i], entries_in(argv[i]));
  return 0;
}

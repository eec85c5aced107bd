// SPDX-License-Identifier: Apache-2.0
// Act 2: reads the server's database, by its path and by looking for it everywhere. Arguments: its folder, where to
// look.
#include "probe.h"

#include <ftw.h>

static int found;

static int look(const char* path, const struct stat* status, int kind, struct FTW* place) {
  (void)status;
  (void)kind;
  if (strncmp(path + place->base, "capid.db", 8) == 0) ++found;
  return strcmp(path, "/proc") == 0 || strcmp(path, "/usr") == 0 ? FTW_SKIP_SUBTREE : FTW_CONTINUE;
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  char path[4096];
  snprintf(path, sizeof path, "%s/capid.db", argv[1]);
  tell(open(path, O_RDONLY), "open capid.db by its path");
  nftw(argv[2], look, 64, FTW_PHYS | FTW_ACTIONRETVAL);
  say("found: %d", found);
  return 0;
}

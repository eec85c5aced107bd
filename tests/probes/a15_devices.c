// SPDX-License-Identifier: Apache-2.0
// Act 15: lists /dev, looking for a device that should not be there.
#include "probe.h"

#include <ftw.h>
#include <sys/sysmacros.h>

static char* lines[1024];
static size_t count;

static int look(const char* path, const struct stat* status, int kind, struct FTW* place) {
  (void)kind;
  (void)place;
  if (count == sizeof lines / sizeof *lines || strcmp(path, "/dev") == 0) return FTW_CONTINUE;
  char target[256] = "";
  int got = 0;
  if (S_ISLNK(status->st_mode)) {
    if (readlink(path, target, sizeof target - 1) > 0) got = asprintf(&lines[count], "%s -> %s", path, target);
  } else if (S_ISDIR(status->st_mode)) {
    got = asprintf(&lines[count], "%s/", path);
  } else {
    got = asprintf(&lines[count], "%s %o %u:%u", path, status->st_mode, major(status->st_rdev), minor(status->st_rdev));
  }
  if (got > 0) ++count;
  return FTW_CONTINUE;
}

static int compare(const void* a, const void* b) { return strcmp(*(char* const*)a, *(char* const*)b); }

int main(void) {
  nftw("/dev", look, 16, FTW_PHYS | FTW_ACTIONRETVAL);
  qsort(lines, count, sizeof *lines, compare);
  for (size_t i = 0; i < count; ++i) say("%s", lines[i]);
  tell(open("/dev/tty", O_RDWR), "open /dev/tty");
  return 0;
}

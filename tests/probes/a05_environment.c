// SPDX-License-Identifier: Apache-2.0
// Act 5: looks for secrets in its own environment.
#include "probe.h"

static int compare(const void* a, const void* b) { return strcmp(*(char* const*)a, *(char* const*)b); }

int main(void) {
  size_t count = 0;
  while (environ[count]) ++count;
  qsort(environ, count, sizeof *environ, compare);
  for (size_t i = 0; i < count; ++i) say("%s", environ[i]);
  return 0;
}

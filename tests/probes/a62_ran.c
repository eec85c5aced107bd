// SPDX-License-Identifier: Apache-2.0
// Act 62: runs although its sandbox is not whole, and says so in every way.
#include "probe.h"

int main(void) {
  say("ran");
  dprintf(STDERR_FILENO, "ran\n");
  tell(open("/out/ran", O_WRONLY | O_CREAT, 0644), "write");
  return 0;
}

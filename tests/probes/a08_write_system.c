// SPDX-License-Identifier: Apache-2.0
// Act 8: writes to the system and to what the agent was given.
#include "probe.h"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    char path[4096];
    snprintf(path, sizeof path, "%s/written-by-probe", argv[i]);
    tell(open(path, O_WRONLY | O_CREAT | O_EXCL, 0644), "create in %s", argv[i]);
    unlink(path);
  }
  tell(open("/usr/bin/env", O_WRONLY | O_TRUNC), "truncate /usr/bin/env");
  tell(unlink("/usr/bin/env"), "unlink /usr/bin/env");
  tell(rename("/usr/bin/env", "/usr/bin/probe"), "rename /usr/bin/env");
  tell(open("/etc/passwd", O_WRONLY | O_TRUNC), "truncate /etc/passwd");
  tell(chmod("/etc/passwd", 0666), "chmod /etc/passwd");
  return 0;
}

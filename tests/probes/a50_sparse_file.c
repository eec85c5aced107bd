// SPDX-License-Identifier: Apache-2.0
// Act 50: leaves an artifact of a terabyte that takes up nothing. Argument: the size that is within the limit.
#include "probe.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  signal(SIGXFSZ, SIG_IGN);
  tell(ftruncate(open("/out/terabyte", O_WRONLY | O_CREAT, 0644), 1l << 40), "truncate to 1 TB");
  tell(fallocate(open("/out/allocated", O_WRONLY | O_CREAT, 0644), 0, 0, 1l << 40), "allocate 1 TB");
  tell(truncate("/out/terabyte", atol(argv[1])), "truncate to the limit");
  tell(unlink("/out/allocated"), "unlink");
  return 0;
}

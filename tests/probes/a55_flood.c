// SPDX-License-Identifier: Apache-2.0
// Act 55: floods stdout and stderr without a newline, for ever or for as many MiB as the argument says.
#include "probe.h"

int main(int argc, char** argv) {
  static char chunk[1 << 16];
  memset(chunk, 'x', sizeof chunk);
  const long most = argc > 1 ? atol(argv[1]) * 16 : -1;
  for (long i = 0; i != most; ++i) {
    if (write(i % 4 ? STDOUT_FILENO : STDERR_FILENO, chunk, sizeof chunk) < 0) return 1;
  }
  return 0;
}

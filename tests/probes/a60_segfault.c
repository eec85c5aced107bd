// SPDX-License-Identifier: Apache-2.0
// Act 60: crashes where its core would become an artifact.
#include "probe.h"

int main(void) {
  if (chdir("/out") != 0) return 2;
  raise(SIGSEGV);
  return 0;
}

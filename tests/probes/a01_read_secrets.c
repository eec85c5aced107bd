// SPDX-License-Identifier: Apache-2.0
// Act 1: reads what belongs to the host: /etc/shadow, keys, whatever path is given.
#include "probe.h"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) tell(open(argv[i], O_RDONLY), "open %s", argv[i]);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 29: weakens its own memory protection, as an exploit would for what it starts.
#include "probe.h"

#include <sys/personality.h>

int main(void) {
  tell(personality(READ_IMPLIES_EXEC), "READ_IMPLIES_EXEC");
  tell(personality(ADDR_NO_RANDOMIZE), "ADDR_NO_RANDOMIZE");
  tell(personality(0xffffffff), "query");
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 23: calls the kernel by the 32-bit door, where numbers mean other calls.
#include "probe.h"

int main(void) {
  long result = 20;   // getpid there
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  say("int80: %s", result == getpid() ? "ok" : "something else");
  return 0;
}

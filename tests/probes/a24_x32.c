// SPDX-License-Identifier: Apache-2.0
// Act 24: calls the kernel by x32's numbers.
#include "probe.h"

int main(void) {
  long result = 0x40000000 | SYS_getpid;
  __asm__ volatile("syscall" : "+a"(result) : : "memory", "rcx", "r11");
  errno = result < 0 ? (int)-result : 0;
  tell(result < 0 ? -1 : 0, "x32");
  return 0;
}

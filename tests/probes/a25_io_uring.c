// SPDX-License-Identifier: Apache-2.0
// Act 25: makes an io_uring, whose operations pass every filter.
#include "probe.h"

#include <linux/io_uring.h>

int main(void) {
  struct io_uring_params wanted = {0};
  tell(syscall(SYS_io_uring_setup, 1, &wanted), "io_uring_setup");
  tell(syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0), "io_uring_enter");
  tell(syscall(SYS_io_uring_register, -1, 0, NULL, 0), "io_uring_register");
  return 0;
}

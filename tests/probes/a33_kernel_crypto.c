// SPDX-License-Identifier: Apache-2.0
// Act 33: opens a socket to the kernel's cryptography.
#include "probe.h"

#include <sys/socket.h>

int main(void) {
  tell(socket(AF_ALG, SOCK_SEQPACKET, 0), "AF_ALG");
  return 0;
}

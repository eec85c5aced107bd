// SPDX-License-Identifier: Apache-2.0
// Act 32: opens a socket to the hypervisor, which no net namespace stands before.
#include "probe.h"

#include <sys/socket.h>

int main(void) {
  tell(socket(AF_VSOCK, SOCK_STREAM, 0), "AF_VSOCK");
  tell(socket(AF_VSOCK, SOCK_DGRAM, 0), "AF_VSOCK datagram");
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 36: connects to a socket file of the host. Arguments: paths.
#include "probe.h"

#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[i]);
    tell(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr*)&address, sizeof address), "connect %d", i);
  }
  return 0;
}

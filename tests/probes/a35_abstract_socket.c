// SPDX-License-Identifier: Apache-2.0
// Act 35: connects to an abstract socket of the host. Argument: its name.
#include "probe.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "%s", argv[1]);
  const socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(argv[1]));
  tell(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr*)&address, length), "connect");
  return 0;
}

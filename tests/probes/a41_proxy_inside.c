// SPDX-License-Identifier: Apache-2.0
// Act 41: asks the proxy for a name that is allowed and leads to the host's own loopback. Arguments: the proxy's port,
// HOST:PORT.
#include "proxy.h"

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  char bytes[1024];
  int size = snprintf(bytes, sizeof bytes, "CONNECT %s HTTP/1.1\r\n\r\n", argv[2]);
  ask_proxy(atoi(argv[1]), "tunnel", bytes, (size_t)size);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 39: asks the proxy for hosts that end at a NUL for whoever looks them up, and not for whoever compares them with
// what is allowed. Arguments: the proxy's port, an allowed suffix.
#include "proxy.h"

static void ask(int port, const char* what, const char* before, const char* after) {
  char bytes[1024];
  const int head = snprintf(bytes, sizeof bytes, "%s", before);
  const int rest = snprintf(bytes + head + 1, sizeof bytes - (size_t)head - 1, "%s HTTP/1.1\r\n\r\n", after);
  ask_proxy(port, what, bytes, (size_t)(head + 1 + rest));
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int port = atoi(argv[1]);
  char rest[256];
  snprintf(rest, sizeof rest, ".%s:443", argv[2]);
  ask(port, "tunnel to an address, NUL, suffix", "CONNECT 127.0.0.1", rest);
  ask(port, "tunnel to a name, NUL, suffix", "CONNECT localhost", rest);
  snprintf(rest, sizeof rest, ".%s/", argv[2]);
  ask(port, "URL of an address, NUL, suffix", "GET http://127.0.0.1", rest);
  snprintf(rest, sizeof rest, "a.%s:443", argv[2]);
  ask(port, "tunnel to NUL and an allowed name", "CONNECT ", rest);
  return 0;
}

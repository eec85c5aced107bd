// SPDX-License-Identifier: Apache-2.0
// Act 40: asks the proxy for hosts that programs read differently. Arguments: the proxy's port, an allowed suffix.
#include "proxy.h"

static void ask(int port, const char* what, const char* host) {
  char bytes[1024];
  const int size = snprintf(bytes, sizeof bytes, "CONNECT %s:443 HTTP/1.1\r\nHost: %s\r\n\r\n", host, host);
  ask_proxy(port, what, bytes, (size_t)size);
}

// The allowed suffix with something before it.
static void ask_below(int port, const char* what, const char* before, const char* suffix) {
  char host[512];
  snprintf(host, sizeof host, "%s.%s", before, suffix);
  ask(port, what, host);
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int port = atoi(argv[1]);
  ask(port, "decimal", "2130706433");
  ask(port, "hexadecimal", "0x7f000001");
  ask(port, "hexadecimal parts", "0x7f.0.0.1");
  ask(port, "octal", "0177.0.0.1");
  ask(port, "short", "127.1");
  ask(port, "an address with a dot", "127.0.0.1.");
  ask(port, "IPv6 with a zone", "[fe80::1%lo]");
  ask(port, "IPv6 with an encoded zone", "[::1%25lo]");
  ask_below(port, "CR LF", "localhost\r\nX-Rest: ", argv[2]);
  ask_below(port, "CR", "localhost\r", argv[2]);
  ask_below(port, "LF", "localhost\n", argv[2]);
  ask_below(port, "space", "localhost ", argv[2]);
  ask_below(port, "tab", "localhost\t", argv[2]);
  ask_below(port, "percent", "localhost%00", argv[2]);
  ask_below(port, "at", "a.@localhost", argv[2]);
  ask_below(port, "slash", "localhost/", argv[2]);
  ask_below(port, "backslash", "localhost\\", argv[2]);
  ask_below(port, "full-width digits", "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.1", argv[2]);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 42: looks for any way out where the app may reach nothing. Arguments: the first and the last port to try.
#include "proxy.h"

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  for (int port = atoi(argv[1]); port <= atoi(argv[2]); ++port) tell(connect_to_proxy(port), "connect to %d", port);
  const char* const names[] = {"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"};
  int count = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) count += getenv(names[i]) != NULL;
  say("variables that name a proxy: %d", count);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 43: looks for another run's gateway, and calls its own in the other's name. Arguments: the first and the last port to try.
// The other's token lies among the attachments.
#include "proxy.h"

// What is answered to `request`, up to its end.
static void ask(const char* request, char* answer, size_t most) {
  const int gateway = connect_to_proxy(61001);
  size_t got = 0;
  if (gateway >= 0 && write(gateway, request, strlen(request)) > 0) {
    for (ssize_t some = 1; some > 0 && got + 1 < most; got += some > 0 ? (size_t)some : 0)
      some = read(gateway, answer + got, most - 1 - got);
  }
  answer[got] = '\0';
  if (gateway >= 0) close(gateway);
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  for (int port = atoi(argv[1]); port <= atoi(argv[2]); ++port) tell(connect_to_proxy(port), "connect to %d", port);
  char token[256] = "";
  FILE* file = fopen("/in/files/token.txt", "r");
  if (!file || !fgets(token, sizeof token, file)) return 3;
  char request[1024], answer[8192];
  snprintf(request, sizeof request, "GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", token);
  ask(request, answer, sizeof answer);
  say("its own model: %s", strstr(answer, "\"id\":\"mine\"") ? "yes" : "no");
  say("the other's model: %s", strstr(answer, "others") ? "yes" : "no");
  const char* body = "{\"model\":\"others\",\"messages\":[]}";
  snprintf(request, sizeof request,
           "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
           token, strlen(body), body);
  ask(request, answer, sizeof answer);
  say("a call: %.3s", answer + strlen("HTTP/1.1 "));
  return 0;
}

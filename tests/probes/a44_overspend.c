// SPDX-License-Identifier: Apache-2.0
// Act 44: goes on calling a model when its credits are spent, one call after the other and then many at once; says on stderr
// what was answered. Argument: how many.
#include "proxy.h"

static int call(void) {
  const char* body = "{\"model\":\"any\",\"messages\":[]}";
  char request[512], answer[16] = "";
  snprintf(request, sizeof request, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
           strlen(body), body);
  const int gateway = connect_to_proxy(61001);
  if (gateway < 0 || write(gateway, request, strlen(request)) < 0) return 0;
  const ssize_t got = recv(gateway, answer, sizeof answer - 1, MSG_WAITALL);
  close(gateway);
  return got > 12 ? atoi(answer + strlen("HTTP/1.1 ")) : 0;
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const int many = atoi(argv[1]);
  for (int i = 0; i < many; ++i) dprintf(STDERR_FILENO, "%d\n", call());
  int refused = 0;
  pid_t children[64];
  for (int i = 0; i < many; ++i) {
    children[i] = fork();
    if (children[i] == 0) _exit(call() == 402 ? 0 : 1);
  }
  for (int i = 0; i < many; ++i) {
    int status = 1;
    waitpid(children[i], &status, 0);
    refused += status == 0;
  }
  dprintf(STDERR_FILENO, "at once, and refused: %d\n", refused);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Act 38: asks a name server itself. Arguments: ADDRESS PORT pairs; prints what the first bytes of an answer are worth.
#include "probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

// The question for the address of example.com, with recursion.
static const unsigned char question[] =
    "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07"
    "example\x03"
    "com\x00\x00\x01\x00\x01";

static void ask(const char* server, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  struct timeval patience = {.tv_sec = 2};
  unsigned char answer[512];
  inet_pton(AF_INET, server, &address.sin_addr);
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  long result = connect(fd, (struct sockaddr*)&address, sizeof address);
  if (result == 0) result = send(fd, question, sizeof question - 1, 0);
  if (result > 0) result = recv(fd, answer, sizeof answer, 0);
  tell(result, "ask %s", server);
  close(fd);
}

int main(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; i += 2) ask(argv[i], atoi(argv[i + 1]));
  char text[4096] = "";
  const int fd = open("/etc/resolv.conf", O_RDONLY);
  if (fd >= 0 && read(fd, text, sizeof text - 1) < 0) return 1;
  say("name server in /etc/resolv.conf: %s", strstr(text, "nameserver") ? "yes" : "no");
  return 0;
}

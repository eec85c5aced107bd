// SPDX-License-Identifier: Apache-2.0
// Act 37: connects to the internet, to the cloud's metadata service, to the host. Argument: a port of the host's
// loopback.
#include "probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static void try_address(const char* name, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  inet_pton(AF_INET, name, &address.sin_addr);
  tell(connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), (struct sockaddr*)&address, sizeof address),
       "tcp to %s", name);
  tell(sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, (struct sockaddr*)&address, sizeof address), "udp to %s",
       name);
}

static void try_address6(const char* name, int port) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  inet_pton(AF_INET6, name, &address.sin6_addr);
  tell(connect(socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0), (struct sockaddr*)&address, sizeof address),
       "tcp to %s", name);
}

static void try_host(int port) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  tell(connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr*)&address, sizeof address),
       "tcp to the host's loopback");
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  if (argc < 3) {   // a further argument: only the host, for the control
    try_address("1.1.1.1", 443);
    try_address("169.254.169.254", 80);
    try_address("10.0.0.1", 80);
    try_address6("2606:4700:4700::1111", 443);
  }
  try_host(atoi(argv[1]));
  return 0;
}

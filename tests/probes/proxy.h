// SPDX-License-Identifier: Apache-2.0
// Asks a proxy on loopback for something, in bytes that no library would send.
#pragma once

#include "probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static inline int connect_to_proxy(int port) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr*)&address, sizeof address) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

// Says which status came, or what went wrong.
static inline void ask_proxy(int port, const char* what, const char* bytes, size_t size) {
  char answer[64] = "";
  const int fd = connect_to_proxy(port);
  if (fd < 0) return tell(-1, "%s", what);
  long got = send(fd, bytes, size, MSG_NOSIGNAL), length = 0;
  while (got > 0 && length <= 12) {
    got = recv(fd, answer + length, sizeof answer - 1 - (size_t)length, 0);
    length += got > 0 ? got : 0;
  }
  if (got < 0) {
    tell(-1, "%s", what);
  } else {
    say("%s: %.3s", what, length > 12 ? answer + 9 : "no answer");
  }
  close(fd);
}

// SPDX-License-Identifier: Apache-2.0
#include "http/wire.h"

#include <poll.h>
#include <sys/socket.h>

namespace capid::http {

ssize_t PlainWire::receive(char* to, size_t size) {
  awaits_ = POLLIN;
  return ::recv(socket_, to, size, MSG_DONTWAIT);
}

ssize_t PlainWire::send(const char* from, size_t size) {
  awaits_ = POLLOUT;
  return ::send(socket_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void PlainWire::end() { ::shutdown(socket_, SHUT_WR); }

}   // namespace capid::http

// SPDX-License-Identifier: Apache-2.0
// An address that is silent: whoever connects to it waits.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "base/fd.h"
#include "tests/support/test.h"

namespace capid::test {

/// Listens, but the queue of those that wait to be accepted is full.
class FullReceiver {
 public:
  explicit FullReceiver(const char* address = "127.0.0.1", uint16_t port = 0) : listener_(open()) {
    sockaddr_in here{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {::inet_addr(address)}};
    socklen_t size = sizeof here;
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0);
    REQUIRE(::listen(listener_.get(), 0) == 0);
    REQUIRE(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&here), &size) == 0);
    port_ = ntohs(here.sin_port);
    for (base::Fd& waiting : waiting_) {
      waiting = open();
      (void)::connect(waiting.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here);
    }
  }
  [[nodiscard]] uint16_t port() const { return port_; }

 private:
  static base::Fd open() { return base::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

  base::Fd listener_;
  base::Fd waiting_[3];
  uint16_t port_ = 0;
};

}   // namespace capid::test

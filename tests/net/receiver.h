// SPDX-License-Identifier: Apache-2.0
// A server on loopback whose answers, and whose bad manners, a test writes itself.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/fd.h"

namespace capid::test {

/// One connection of a Receiver. Nothing of it fails: a peer that is gone takes nothing and sends nothing.
class Peer {
 public:
  Peer(int socket, const std::atomic<bool>& stops) : socket_(socket), stops_(stops) {}

  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      if (!wait(POLLOUT)) return false;
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  /// What comes next; empty at the end.
  [[nodiscard]] std::string read() const {
    std::string bytes(65536, '\0');
    const ssize_t count = wait(POLLIN) ? ::recv(socket_, bytes.data(), bytes.size(), 0) : 0;
    bytes.resize(count > 0 ? static_cast<size_t>(count) : 0);
    return bytes;
  }

  /// A whole request: up to the end of the body that its Content-Length announces.
  [[nodiscard]] std::string read_request() const {
    std::string request;
    size_t whole = std::string::npos;
    while (request.size() < whole) {
      const std::string more = read();
      if (more.empty()) break;
      request += more;
      const size_t head = request.find("\r\n\r\n"), length = request.find("Content-Length: ");
      if (head != std::string::npos && length < head) whole = head + 4 + std::stoul(request.substr(length + 16));
    }
    return request;
  }

  /// Until the other side has closed, or the test is over.
  void wait_for_end() const {
    while (!read().empty()) {
    }
  }
  void hang() const { (void)wait(0); }

  /// What comes unread is answered with a reset.
  void reset() const {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }

  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] bool wait(short events) const {
    pollfd watched{socket_, events, 0};
    while (!stops_) {
      if (::poll(&watched, events != 0 ? 1 : 0, 20) > 0) return true;
    }
    return false;
  }

 private:
  int socket_;
  const std::atomic<bool>& stops_;
};

/// Listens on a free port of `address` and serves each connection on a thread of its own.
class Receiver {
 public:
  using Serve = std::function<void(const Peer& peer)>;

  explicit Receiver(Serve serve, const char* address = "127.0.0.1")
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), serve_(std::move(serve)) {
    sockaddr_in here{.sin_family = AF_INET};
    CHECK(::inet_pton(AF_INET, address, &here.sin_addr) == 1);
    CHECK(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0);
    CHECK(::listen(listener_.get(), 1024) == 0);
    socklen_t size = sizeof here;
    CHECK(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&here), &size) == 0);
    port_ = ntohs(here.sin_port);
    accepting_ = std::thread([this] { accept(); });
  }
  ~Receiver() {
    stops_ = true;
    accepting_.join();
    for (std::thread& thread : serving_) thread.join();
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void accept() {
    const Peer listener(listener_.get(), stops_);
    while (listener.wait(POLLIN)) {
      ++connections_;
      serving_.emplace_back([this, socket = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)] {
        serve_(Peer(socket, stops_));
        ::close(socket);
      });
    }
  }

  base::Fd listener_;
  Serve serve_;
  uint16_t port_ = 0;
  std::atomic<bool> stops_{false};
  std::atomic<int> connections_{0};
  std::thread accepting_;
  std::vector<std::thread> serving_;
};

}   // namespace capid::test

// SPDX-License-Identifier: Apache-2.0
// A connection's bytes on the wire: as they are, or in TLS.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace capid::http {

/// Never waits: -1 with errno EAGAIN where it would have to, and `awaits` says for what.
class Wire {
 public:
  virtual ~Wire() = default;
  /// How much, 0 at the end.
  [[nodiscard]] virtual ssize_t receive(char* to, size_t size) = 0;
  [[nodiscard]] virtual ssize_t send(const char* from, size_t size) = 0;
  /// Nothing more will be sent.
  virtual void end() = 0;
  /// POLLIN or POLLOUT, after EAGAIN.
  [[nodiscard]] virtual short awaits() const = 0;
  /// Whether bytes were read off the socket that nobody has received yet.
  [[nodiscard]] virtual bool holds_bytes() const = 0;
};

/// Bytes as they are, on a socket of the caller's.
class PlainWire final : public Wire {
 public:
  explicit PlainWire(int socket) : socket_(socket) {}
  ssize_t receive(char* to, size_t size) override;
  ssize_t send(const char* from, size_t size) override;
  void end() override;
  short awaits() const override { return awaits_; }
  bool holds_bytes() const override { return false; }

 private:
  int socket_;
  short awaits_ = 0;
};

}   // namespace capid::http

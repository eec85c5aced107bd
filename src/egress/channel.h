// SPDX-License-Identifier: Apache-2.0
// One end of a connection on an event loop, plain or behind TLS: reads some, writes all, and is closed once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/event_loop.h"
#include "base/fd.h"
#include "net/tls_trust.h"

namespace capid::egress {

/// Lives on its loop's thread. Handlers are called there, once, and never from within the call; after close() they are told
/// that it is over. What they are given, and the bytes to read into or to write, must last until then.
class Channel {
 public:
  enum class End { kNone, kEnded, kBroken };
  using Read = std::function<void(End end, size_t bytes)>;
  using Wrote = std::function<void(bool whole)>;

  virtual ~Channel() = default;
  virtual void read_some(char* into, size_t most, Read done) = 0;   ///< kNone: at least one byte
  virtual void write_all(std::string_view bytes, Wrote done) = 0;

  /// Nothing more is written. Does nothing behind TLS, where many peers would take it for the end of everything.
  virtual void end_sending() = 0;
  virtual void close() = 0;
};

/// `socket` is connected.
[[nodiscard]] std::shared_ptr<Channel> plain_channel(base::EventLoop& loop, base::Fd socket);

/// TLS to `host`, whose certificate is verified, over a connected socket. `done` is called once, on the loop's thread,
/// possibly from within the call: with a channel that can be used, or with what is wrong, for people. The handshake waits
/// for as long as the peer takes; what is returned ends it, and the channel, at once.
[[nodiscard]] std::function<void()> secure_channel(
    base::EventLoop& loop, net::TlsTrust& trust, base::Fd socket, const std::string& host,
    std::function<void(std::shared_ptr<Channel> channel, const std::string& problem)> done);

}   // namespace capid::egress

// SPDX-License-Identifier: Apache-2.0
// One HTTP POST to an address that was chosen beforehand, on an event loop. Looks up nothing, follows no redirect, uses
// no proxy.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/event_loop.h"
#include "net/tls_trust.h"

namespace capid::net {

/// What to send, and where. No text of it may hold a CR, LF or NUL.
struct Post {
  bool secure = false;   ///< https
  std::string host;      ///< whom to ask for, and whose certificate is expected; an IPv6 without brackets
  uint16_t port = 0;
  std::vector<std::string> addresses;   ///< numeric; tried in turn until one accepts the connection
  std::string path;                     ///< with the query, percent-encoded, begins with a slash
  std::vector<std::pair<std::string, std::string>> headers;   ///< beside Host, Content-Length and Connection
  std::shared_ptr<const std::string> body;
  std::chrono::milliseconds most{0};   ///< for everything, from the call to the end
};

struct Reply {
  int status = 0;        ///< 0: there was no answer
  std::string address;   ///< the one that was dialled last
  std::string problem;   ///< for people, one short sentence, where there was no answer

  /// The header as it came, which need not be UTF-8; without it where it is longer than 64 bytes.
  std::optional<std::string> retry_after;
};

/// Sends `what` once, on a connection of its own: to the first address that accepts one, each of those that are left
/// being given an equal share of the time that is left. Once one has accepted, no other is tried.
///
/// The answer's status is the result as soon as the head of a final answer is there (ten of 1xx are passed over, and a
/// head may take 16 KiB). A head that bends the standard is no answer: lines without a CR, a status line without the
/// space after the status. The body is thrown away, and waited for for a second or 64 KiB at most, so that the receiver
/// sees no reset.
///
/// `done` is called once, within `most` whatever the receiver does, on the loop's thread and never from within this
/// call; not at all where the loop ends sooner. Callable from any thread.
void post(base::EventLoop& loop, const TlsTrust& trust, Post what, std::function<void(Reply reply)> done);

}   // namespace capid::net

// SPDX-License-Identifier: Apache-2.0
// The agent's end of a connection to its gateway: reads whole requests, writes answers, and is closed once.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_loop.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/task.h"
#include "gateway/upstream.h"

namespace capid::gateway {

struct Request {
  std::string method;
  std::string target;
  std::vector<Header> headers;
  std::string body;
};

/// Lives on its loop's thread. Reading and writing tell by `false`, or by nothing, that the agent is gone.
class Client {
 public:
  struct Bounds {
    std::chrono::milliseconds idle;   ///< without a byte
    size_t body_bytes;                ///< of one request
    size_t* all_body_bytes;           ///< what the requests of this run hold now; this one is added and taken away
    size_t most_body_bytes;           ///< of all of them
  };

  Client(base::EventLoop& loop, base::Fd socket, Bounds bounds);
  ~Client();

  /// The next request. Errors: kInvalidParameter where it is no HTTP, kPayloadTooLarge, kRateLimited where the run has too
  /// much on its way; nothing more can be read then.
  [[nodiscard]] base::Task<std::optional<Result<Request>>> read();

  /// What the request asked for whose head came last; empty before there was one.
  [[nodiscard]] const std::string& target() const;

  /// A whole answer.
  [[nodiscard]] base::Task<bool> answer(int status, const std::vector<Header>& headers, std::string_view body);

  /// An answer bit by bit. end() is its end; a close without that tells that it broke off.
  [[nodiscard]] base::Task<bool> begin(int status, const std::vector<Header>& headers);
  [[nodiscard]] base::Task<bool> write(std::string_view bytes);
  [[nodiscard]] base::Task<bool> end();

  /// Whether a further request can follow.
  [[nodiscard]] bool is_usable() const;

  /// After an answer: reads what still comes for a moment, since a socket that is closed over unread bytes takes back what
  /// it sent.
  [[nodiscard]] base::Task<void> say_goodbye();

  void close();

  /// Closes it where the agent has been silent, or has not read, for too long.
  void check(std::chrono::steady_clock::time_point now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}   // namespace capid::gateway

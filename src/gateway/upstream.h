// SPDX-License-Identifier: Apache-2.0
// A connection to a provider's server: one question after the other, and its answer bit by bit.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/event_loop.h"
#include "base/result.h"
#include "base/task.h"
#include "net/tls_trust.h"
#include "net/url.h"

namespace capid::gateway {

struct Header {
  std::string name;
  std::string value;
};

struct Question {
  std::string method;
  std::string path;   ///< with its query
  std::vector<Header> headers;
  base::SecretText secret_lines;   ///< further headers, each with its line's end
  std::string_view body;           ///< lasts until the answer's head is there
};

struct AnswerHead {
  int status = 0;
  std::vector<Header> headers;

  /// Its value; empty where there is none. `lower_name` is in lower case.
  [[nodiscard]] std::string_view find(std::string_view lower_name) const;
};

/// Lives on its loop's thread. Every step waits until it is done, or until close().
class Upstream {
 public:
  Upstream(base::EventLoop& loop, const net::TlsTrust& trust);
  ~Upstream();

  /// Looks the server up and connects to it, unless it is connected: always to the same one. The addresses are the
  /// operator's choice, so none is refused; they are tried in turn up to `until`. The TLS handshake is the caller's to limit.
  /// Errors: kModelError, for people; nothing was sent then.
  [[nodiscard]] base::Task<Result<void>> connect(const net::Url& server, std::chrono::steady_clock::time_point until);

  /// Sends the question and waits for the head of the final answer. Errors: kModelError.
  [[nodiscard]] base::Task<Result<AnswerHead>> ask(const net::Url& server, Question question);

  /// The next bytes of the answer's body; nothing at its end. They last until the next call. Errors: kModelError where it
  /// ends before it is whole.
  [[nodiscard]] base::Task<Result<std::optional<std::string_view>>> read_some();

  /// Ends whatever is going on, with `why` for people. Callable at any time.
  void close(const std::string& why);

  /// Since when something of it is waited for; nothing while nothing is.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> waits_since() const;

  /// Its answer was read to the end, and another question may follow.
  [[nodiscard]] bool is_done() const;

  /// It is open, and nothing came that nobody asked for.
  [[nodiscard]] bool is_quiet() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}   // namespace capid::gateway

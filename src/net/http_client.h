// SPDX-License-Identifier: Apache-2.0
// An HTTP client of one server: http, https with a verified certificate, or a Unix socket. Follows no redirects, and uses no
// proxy but one that it is given.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/form.h"
#include "net/url.h"

namespace capid::net {

struct Request {
  std::string method = "GET";
  std::string target;   ///< path and query, percent-encoded; the server's own path comes before it
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  const Form* form = nullptr;   ///< instead of body

  /// Takes the body of an answer of 2xx, piece by piece, instead of Answer::body. False ends the exchange.
  std::function<bool(std::string_view bytes)> on_bytes;

  /// What is kept of a body: a larger one ends the exchange.
  size_t most_body = size_t{256} << 20;   ///< a page of a hundred runs with a result of 1 MiB each

  /// How long the server may be silent.
  std::chrono::seconds patience{60};
};

enum class Failure {
  kNone,
  kUnreachable,   ///< nothing was sent: no such host, nobody listens, no TLS
  kUntrusted,     ///< the server's certificate is not good; nothing was sent
  kBroken,        ///< the connection ended, or was silent for too long, before there was a whole answer
  kStopped        ///< on_bytes, or a file of the form, ended it
};

struct Answer {
  Failure failure = Failure::kNone;
  std::string problem;   ///< for people, where there is a failure
  int status = 0;
  std::map<std::string, std::string> headers;   ///< their names in lower case
  std::string body;

  [[nodiscard]] bool is_good() const { return failure == Failure::kNone && status >= 200 && status < 300; }
  [[nodiscard]] std::string header(const std::string& name) const;
};

class HttpClient {
 public:
  explicit HttpClient(Url url) : url_(std::move(url)) {}

  /// One that asks the HTTP proxy at `proxy`, a numeric address, for everything; it also looks the server up.
  HttpClient(Url url, const Url& proxy) : url_(std::move(url)), proxy_(proxy), addresses_{""} {}

  /// One request on a connection of its own.
  [[nodiscard]] Answer send(const Request& request);

  [[nodiscard]] const Url& url() const { return url_; }

 private:
  [[nodiscard]] Result<void> find_addresses();

  Url url_;
  std::optional<Url> proxy_;
  std::vector<std::string> addresses_;   ///< found at the first request
};

}   // namespace capid::net

// SPDX-License-Identifier: Apache-2.0
// Where a server is, as people write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace capid::net {

struct Url {
  enum class Scheme { kHttp, kHttps, kUnix };

  Scheme scheme = Scheme::kHttp;
  std::string host;   ///< without brackets; a Unix socket's path
  uint16_t port = 0;
  std::string path;   ///< what every path begins with; never ends with a slash

  /// Whether it can only be this machine.
  [[nodiscard]] bool is_local() const;
};

/// `http://HOST:PORT/PATH`, `https://HOST` or `unix:/PATH`. Errors: kInvalidParameter, without the text itself, which
/// might hold a password.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

/// Where a client gets to what listens there: of an address that stands for all of this machine's, one that leads to it.
[[nodiscard]] Url for_clients(Url listening);

/// The port where none is written; a Unix socket has none: 0.
[[nodiscard]] uint16_t default_port(Url::Scheme scheme);

/// An address within a URL or a Host header: IPv6 stands in brackets.
[[nodiscard]] std::string in_brackets(const std::string& host);

/// The Host header: the port stands in it where it is not the scheme's own.
[[nodiscard]] std::string host_header(Url::Scheme scheme, const std::string& host, uint16_t port);

/// As it was written, with the port where it is not the scheme's own.
[[nodiscard]] std::string to_text(const Url& url);

/// Percent-encodes everything but letters, digits, '-', '.', '_' and '~', as a part of a path or of a query.
[[nodiscard]] std::string encode(std::string_view text);

}   // namespace capid::net

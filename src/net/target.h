// SPDX-License-Identifier: Apache-2.0
// The URL of something that a stranger wants POSTed to: one strict grammar, so that what was checked is what is dialled.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/url.h"

namespace capid::net {

/// Made by parse_target alone; nobody reads the text a second time.
struct Target {
  Url::Scheme scheme = Url::Scheme::kHttp;   ///< http or https
  std::string host;                          ///< lower case, no brackets, no trailing dot; an address is canonical
  uint16_t port = 0;
  std::string path;   ///< path and query as they go into the request line, at least "/"

  bool operator==(const Target&) const = default;
};

/// http://HOST, http://HOST:PORT/PATH?QUERY, or the same with https. Whatever different programs read differently is
/// refused: a user, backslashes, a fragment, anything but printable ASCII, addresses in other than their canonical
/// form, more than 2,048 bytes. Says nothing about where the host is: that is AddressGuard's. Errors:
/// kWebhookUrlNotAllowed, without the text itself, which might hold a password; the field is the caller's to set.
[[nodiscard]] Result<Target> parse_target(std::string_view text);

/// "https://host:port", always with the port: what deliveries to one receiver have in common.
[[nodiscard]] std::string receiver_of(const Target& target);

}   // namespace capid::net

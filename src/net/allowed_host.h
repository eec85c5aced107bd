// SPDX-License-Identifier: Apache-2.0
// Which hosts and ports an app may reach: entries such as api.github.com:443, one strict grammar for them and for what is
// asked for, so that nothing is matched that is dialled as something else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace capid::net {

/// A host and a port as a stranger names them, read once.
struct HostAndPort {
  std::string host;   ///< a name in lower case without trailing dot, or an address in its canonical form, no brackets
  uint16_t port = 0;

  bool operator==(const HostAndPort&) const = default;
};

/// HOST:PORT, NAME. or [IPV6]:PORT; without a port it is `default_port`, and where that is 0 as well there must be one.
/// Refused is whatever programs read differently: addresses of IPv4 in other than four plain decimal numbers, zones,
/// percent signs, users, and every character that no host's name has. Errors: kInvalidParameter, as the rest of a sentence
/// about the text, without the text itself.
[[nodiscard]] Result<HostAndPort> parse_host_and_port(std::string_view text, uint16_t default_port);

/// "example.org:443", "[2001:db8::1]:443".
[[nodiscard]] std::string to_text(const HostAndPort& place);

/// One entry of `network.allow`.
struct AllowedHost {
  std::string host;               ///< as HostAndPort has it; of *.example.org what follows the asterisk, with its dot
  std::optional<uint16_t> port;   ///< nothing: 80 and 443

  bool operator==(const AllowedHost&) const = default;

  [[nodiscard]] bool allows(const HostAndPort& place) const;
};

/// As a manifest has it: "*.example.org:443"; without a port where it has none.
[[nodiscard]] std::string to_text(const AllowedHost& rule);

/// HOST, *.SUFFIX, an address, `localhost`, each with :PORT or without, which means 80 and 443. *.example.org is every name
/// below example.org at any depth, and not example.org itself. Errors: kInvalidParameter, as the rest of a sentence about
/// the entry; what could match nothing is refused as well.
[[nodiscard]] Result<AllowedHost> parse_allowed_host(std::string_view text);

[[nodiscard]] bool allows(const std::vector<AllowedHost>& rules, const HostAndPort& place);

}   // namespace capid::net

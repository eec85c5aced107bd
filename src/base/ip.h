// SPDX-License-Identifier: Apache-2.0
// IP addresses, ranges of them and hosts' names as values, each with one way to be written.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace capid::base {

struct IpAddress {
  enum class Family : uint8_t { kV4, kV6 };

  Family family = Family::kV4;
  std::array<uint8_t, 16> bytes{};   ///< network order; of IPv4 the first four, the others are 0

  auto operator<=>(const IpAddress&) const = default;
};

/// What inet_pton takes, from the first to the last byte: IPv4 as four decimal numbers without leading zeros alone, IPv6
/// in any of its spellings. No brackets, no zone, no spaces.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);

/// The one canonical spelling: dotted quad; IPv6 as RFC 5952 has it.
[[nodiscard]] std::string to_text(const IpAddress& address);

struct IpRange {
  IpAddress first;
  int prefix = 0;   ///< how many leading bits all addresses of the range share

  auto operator<=>(const IpRange&) const = default;
};

/// "10.0.0.0/8", "fd00::/8", or an address for itself alone. Refuses a prefix that is out of bounds or not written
/// plainly, and an address that has bits set after the prefix: what 10.0.0.1/8 means is anybody's guess.
[[nodiscard]] std::optional<IpRange> parse_ip_range(std::string_view text);

/// Families never mix: an IPv4 range holds no IPv6 address, whatever IPv4 address that carries inside.
[[nodiscard]] bool contains(const IpRange& range, const IpAddress& address);

/// Whether some programs would take `host` for an IPv4 address: its last label is a decimal or a 0x number.
[[nodiscard]] bool ends_in_number(std::string_view host);

/// Why `name`, without a trailing dot, is not a host's name, as the rest of a sentence that begins with it; empty where
/// it is one: up to 253 bytes, labels of 1 to 63 letters, digits, '-' and '_' (internal names have it), no '-' at a
/// label's ends, and nothing that ends in a number.
[[nodiscard]] std::string_view host_name_fault(std::string_view name);

/// A range, or a host's name in lower case and without its trailing dot.
using Place = std::variant<IpRange, std::string>;

/// What parse_place takes, for messages.
inline constexpr std::string_view kPlaceForms =
    "a range such as 10.0.0.0/8 (no bit set after its prefix), an address, or a host's exact name such as ci.internal";

/// A range, an address, or a host's exact name in any case, with or without its trailing dot; no wildcard, no port.
[[nodiscard]] std::optional<Place> parse_place(std::string_view text);

}   // namespace capid::base

// SPDX-License-Identifier: Apache-2.0
#include "base/ip.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace capid::base {
namespace {

constexpr size_t kLongestName = 253, kLongestLabel = 63;

using Family = IpAddress::Family;

int bits_of(Family family) { return family == Family::kV4 ? 32 : 128; }
int as_number(Family family) { return family == Family::kV4 ? AF_INET : AF_INET6; }

// The bits of byte `i` that belong to a prefix of `prefix` bits.
uint8_t mask(int prefix, size_t i) {
  const int bits = std::clamp(prefix - static_cast<int>(i) * 8, 0, 8);
  return static_cast<uint8_t>(0xff00 >> bits);
}

IpAddress first_of(IpAddress address, int prefix) {
  for (size_t i = 0; i < address.bytes.size(); ++i) address.bytes[i] &= mask(prefix, i);
  return address;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::string_view label_fault(std::string_view label) {
  if (label.empty()) return "has an empty part between its dots";
  if (label.size() > kLongestLabel) return "has a part of more than 63 bytes";
  const bool plain = std::all_of(label.begin(), label.end(),
                                 [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; });
  if (!plain) return "may hold letters, digits, '-', '_' and dots alone";
  if (label.starts_with('-') || label.ends_with('-')) return "has a '-' at the beginning or the end of a part";
  return "";
}

}   // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;   // where inet_pton would stop reading
  IpAddress address{.family = text.find(':') == std::string_view::npos ? Family::kV4 : Family::kV6};
  if (::inet_pton(as_number(address.family), std::string(text).c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::string to_text(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN];
  CHECK(::inet_ntop(as_number(address.family), address.bytes.data(), text, sizeof text));
  return text;
}

std::optional<IpRange> parse_ip_range(std::string_view text) {
  const size_t slash = text.find('/');
  const auto first = parse_ip(text.substr(0, slash));
  if (!first) return std::nullopt;
  const int bits = bits_of(first->family);
  if (slash == std::string_view::npos) return IpRange{*first, bits};
  const auto prefix = to_integer(text.substr(slash + 1));
  if (!prefix || *prefix < 0 || *prefix > bits) return std::nullopt;
  if (std::to_string(*prefix) != text.substr(slash + 1)) return std::nullopt;   // /08, /-0
  const IpRange range{*first, static_cast<int>(*prefix)};
  return first_of(range.first, range.prefix) == range.first ? std::optional(range) : std::nullopt;
}

bool contains(const IpRange& range, const IpAddress& address) {
  return first_of(address, range.prefix) == range.first;   // of which the family is a part
}

bool ends_in_number(std::string_view host) {
  const size_t dot = host.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
  if (last.starts_with("0x") || last.starts_with("0X")) return std::all_of(last.begin() + 2, last.end(), is_hex);
  return !last.empty() && std::all_of(last.begin(), last.end(), is_digit);
}

std::string_view host_name_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > kLongestName) return "has more than 253 bytes";
  for (const std::string& label : split(name, '.')) {
    if (const auto fault = label_fault(label); !fault.empty()) return fault;
  }
  if (ends_in_number(name)) return "ends in a number but is not an IPv4 address of four decimal numbers";
  return "";
}

std::optional<Place> parse_place(std::string_view text) {
  if (const auto range = parse_ip_range(text)) return *range;
  if (text.ends_with('.')) text.remove_suffix(1);
  if (!host_name_fault(text).empty()) return std::nullopt;
  return to_lower(text);
}

}   // namespace capid::base

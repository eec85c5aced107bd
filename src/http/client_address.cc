// SPDX-License-Identifier: Apache-2.0
#include "http/client_address.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace capid::http {
namespace {

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// A socket of both families shows an IPv4 client as ::ffff:a.b.c.d: here it is the same as any other.
std::optional<base::IpAddress> parse_client(const std::string& text) {
  constexpr std::array<uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  auto address = base::parse_ip(text);
  if (!address || address->family == base::IpAddress::Family::kV4) return address;
  if (!std::equal(kMapped.begin(), kMapped.end(), address->bytes.begin())) return address;
  base::IpAddress inner{.family = base::IpAddress::Family::kV4};
  std::copy(address->bytes.begin() + kMapped.size(), address->bytes.end(), inner.bytes.begin());
  return inner;
}

}   // namespace

Result<TrustedProxies> TrustedProxies::make(const std::vector<std::string>& entries) {
  TrustedProxies proxies;
  for (const std::string& entry : entries) {
    if (entry == "unix") {
      proxies.trusts_unix_ = true;
    } else if (const auto range = base::parse_ip_range(entry)) {
      proxies.ranges_.push_back(*range);
    } else {
      return Error{Code::kInvalidParameter, "trusted_proxies: \"" + entry +
                                                "\" is neither an address, nor a range such as 10.0.0.0/8 (no bit set "
                                                "after its prefix), nor \"unix\""};
    }
  }
  return proxies;
}

std::string TrustedProxies::client_of(const Request& request) const {
  const auto peer = parse_client(request.peer);
  std::string client = peer ? base::to_text(*peer) : request.peer;
  auto hops = base::split(request.forwarded_for, ',');
  while (trusts(client) && !hops.empty()) {
    const auto hop = parse_client(trimmed(hops.back()));
    if (!hop) break;   // nobody's word for an address
    client = base::to_text(*hop);
    hops.pop_back();
  }
  return client;
}

bool TrustedProxies::trusts(const std::string& address) const {
  if (address.empty()) return trusts_unix_;
  const auto parsed = base::parse_ip(address);
  return parsed && std::any_of(ranges_.begin(), ranges_.end(),
                               [&](const base::IpRange& range) { return base::contains(range, *parsed); });
}

}   // namespace capid::http

// SPDX-License-Identifier: Apache-2.0
#include "http/client_address.h"

#include <algorithm>

#include "base/text.h"

namespace capid::http {
namespace {

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
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
  std::string client = request.peer;
  auto hops = base::split(request.forwarded_for, ',');
  while (trusts(client) && !hops.empty()) {
    const auto hop = base::parse_ip(trimmed(hops.back()));
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

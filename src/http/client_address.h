// SPDX-License-Identifier: Apache-2.0
// Where a request comes from, for logs and throttles: what lies behind proxies is believed of trusted ones alone.
#pragma once

#include <string>
#include <vector>

#include "base/ip.h"
#include "http/message.h"

namespace capid::http {

class TrustedProxies {
 public:
  /// Ranges and addresses, and "unix" for whoever connects to a Unix socket. Errors: kInvalidParameter, naming the entry.
  [[nodiscard]] static Result<TrustedProxies> make(const std::vector<std::string>& entries);

  /// The client's address: the connection's other end, or, where that is a trusted proxy, the last address in X-Forwarded-For that
  /// is none. Empty where it is not known.
  [[nodiscard]] std::string client_of(const Request& request) const;

 private:
  [[nodiscard]] bool trusts(const std::string& address) const;

  std::vector<base::IpRange> ranges_;
  bool trusts_unix_ = false;
};

}   // namespace capid::http

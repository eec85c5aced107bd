// SPDX-License-Identifier: Apache-2.0
// The address guard: which addresses capid may call when a stranger names the host. It stands between a webhookUrl and
// the operator's private network.
#pragma once

#include <string>
#include <vector>

#include "base/ip.h"
#include "base/result.h"

namespace capid::net {

/// Whether `address` is an ordinary address of the Internet: of no special purpose by IANA's registries, and of IPv6
/// within the global unicast space. An IPv6 address that carries an IPv4 address is not, whatever it carries.
[[nodiscard]] bool is_public(const base::IpAddress& address);

/// Immutable; may be asked from many threads. What holds: an address that `check` took was allowed when it was asked.
/// What does not: that the name leads there a moment later. The caller dials the very addresses that it had checked, at
/// every attempt anew.
class AddressGuard {
 public:
  /// `allow` says what may be called although it is not public: ranges, addresses and hosts' exact names (see
  /// base::kPlaceForms). Errors: kInvalidParameter, naming the entry.
  [[nodiscard]] static Result<AddressGuard> make(const std::vector<std::string>& allow);

  /// Public, or within an allowed range, or of a host that is allowed by its name. A range that is wider than the
  /// IPv4-mapped addresses, such as ::/0, does not open these: they are IPv4 in another dress.
  [[nodiscard]] bool allows(const std::string& host, const base::IpAddress& address) const;

  /// Every address must be allowed, and there must be one. `host` is a Target's. Errors: kWebhookUrlNotAllowed; its
  /// message names the host but no address, since what an internal name resolves to is not a member's to know; the
  /// address and what is special about it stand in `detail`, for the log. That a name resolves to something private at
  /// all is not hidden: without that the refusal could not be explained.
  [[nodiscard]] Result<void> check(const std::string& host, const std::vector<std::string>& addresses) const;

 private:
  AddressGuard() = default;

  std::vector<base::IpRange> ranges_;
  std::vector<std::string> hosts_;
};

}   // namespace capid::net

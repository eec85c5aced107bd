// SPDX-License-Identifier: Apache-2.0
// Which addresses a webhook may be sent to, asked when somebody names one. What is allowed here is judged again at every
// try, by the addresses that its name has then.
#pragma once

#include <string>

#include "net/address_guard.h"

namespace capid::webhooks {

class Targets {
 public:
  explicit Targets(const net::AddressGuard& guard) : guard_(guard) {}

  /// Errors: kWebhookUrlNotAllowed, with the field `webhookUrl`: the address is not one, its name is unknown, or it leads
  /// where webhooks must not go. A name server that does not answer is no error: the tries will see.
  [[nodiscard]] Result<void> check(const std::string& url) const;

 private:
  [[nodiscard]] Result<void> judge(const std::string& url) const;

  const net::AddressGuard& guard_;
};

}   // namespace capid::webhooks

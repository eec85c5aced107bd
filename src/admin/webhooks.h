// SPDX-License-Identifier: Apache-2.0
// Webhooks in the page: the secret that signs them, what was delivered, sending again, and trying a receiver.
#pragma once

#include <functional>

#include "admin/guard.h"
#include "store/deliveries.h"
#include "store/writer.h"
#include "webhooks/secrets.h"
#include "webhooks/targets.h"

namespace capid::admin {

class Webhooks {
 public:
  struct Parts {
    const webhooks::Secrets& secrets;
    const webhooks::Targets& targets;
    store::Writer& writer;
    store::Readers& readers;
    std::function<void()> wake;   ///< something new is to be sent
  };

  Webhooks(Parts parts, std::string public_url) : parts_(std::move(parts)), public_url_(std::move(public_url)) {}

  /// POST /admin/api/webhooks/secret: shown, and made at the first time
  [[nodiscard]] Result<http::Response> secret(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/webhooks/secret/rotate {now}
  [[nodiscard]] Result<http::Response> rotate(const http::Request& request, const Visitor& visitor);
  /// GET /admin/api/webhooks/deliveries?status&run&before&limit: one's own
  [[nodiscard]] Result<http::Response> list(const http::Request& request, const Visitor& visitor);
  /// GET /admin/api/webhooks/deliveries/:deliveryId
  [[nodiscard]] Result<http::Response> get(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/webhooks/deliveries/:deliveryId/redeliver
  [[nodiscard]] Result<http::Response> redeliver(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/webhooks/test {url}
  [[nodiscard]] Result<http::Response> test(const http::Request& request, const Visitor& visitor);

 private:
  Parts parts_;
  std::string public_url_;
};

}   // namespace capid::admin

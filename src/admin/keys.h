// SPDX-License-Identifier: Apache-2.0
// API keys in the page: made, shown once, listed, revoked.
#pragma once

#include "admin/guard.h"
#include "apps/registry.h"
#include "base/crypto.h"
#include "store/keys.h"
#include "store/writer.h"

namespace capid::admin {

class Keys {
 public:
  Keys(const base::SecretKey& instance_secret, apps::Registry& apps, store::Writer& writer, store::Readers& readers,
       const base::Clock& clock)
      : instance_secret_(instance_secret), apps_(apps), writer_(writer), readers_(readers), clock_(clock) {}

  /// GET /admin/api/keys?app: one's own
  [[nodiscard]] Result<http::Response> list(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/keys {name, appId?, expiresInDays?, requestsPerMinute?}
  [[nodiscard]] Result<http::Response> create(const http::Request& request, const Visitor& visitor);
  /// DELETE /admin/api/keys/:keyId: one's own, or, for an admin, anybody's
  [[nodiscard]] Result<http::Response> revoke(const http::Request& request, const Visitor& visitor);

 private:
  base::SecretKey instance_secret_;
  apps::Registry& apps_;
  store::Writer& writer_;
  store::Readers& readers_;
  const base::Clock& clock_;
};

}   // namespace capid::admin

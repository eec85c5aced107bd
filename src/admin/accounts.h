// SPDX-License-Identifier: Apache-2.0
// Accounts in the page, for admins: who there is, and what they may do.
#pragma once

#include <functional>

#include "admin/guard.h"
#include "credits/prices.h"
#include "store/accounts.h"
#include "store/writer.h"

namespace capid::admin {

class Accounts {
 public:
  Accounts(const credits::Prices& prices, store::Writer& writer, store::Readers& readers, const base::Clock& clock)
      : prices_(prices), writer_(writer), readers_(readers), clock_(clock) {}

  /// GET /admin/api/accounts
  [[nodiscard]] Result<http::Response> list(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/accounts {name, role, password?}
  [[nodiscard]] Result<http::Response> add(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/accounts/:accountId/role {role}
  [[nodiscard]] Result<http::Response> set_role(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/accounts/:accountId/password {password}
  [[nodiscard]] Result<http::Response> set_password(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/accounts/:accountId/credit {amount}
  [[nodiscard]] Result<http::Response> credit(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/accounts/:accountId/disable
  [[nodiscard]] Result<http::Response> disable(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/accounts/:accountId/enable
  [[nodiscard]] Result<http::Response> enable(const http::Request& request, const Visitor& visitor);

 private:
  /// What is done to an account, and what the audit log says of it beside its name.
  using Change = std::function<Result<std::string>(store::Transaction& transaction, const store::Account& account)>;
  [[nodiscard]] Result<http::Response> change(const http::Request& request, const Visitor& visitor,
                                              const std::string& action, const Change& change);
  [[nodiscard]] Result<http::Response> turn(const http::Request& request, const Visitor& visitor, bool disabled);

  credits::Prices prices_;
  store::Writer& writer_;
  store::Readers& readers_;
  const base::Clock& clock_;
};

}   // namespace capid::admin

// SPDX-License-Identifier: Apache-2.0
// Who may ask something of the page's interface: somebody who is signed in, from a page of this very server.
#pragma once

#include <optional>
#include <string>

#include "accounts/sessions.h"
#include "http/client_address.h"
#include "http/message.h"
#include "keys/keys.h"
#include "store/audit.h"

namespace capid::admin {

/// Who is signed in, as a request shows it.
struct Visitor {
  store::Session session;
  std::string address;

  /// What they may do with runs and threads: an admin reaches everybody's.
  [[nodiscard]] keys::Grant grant() const;

  /// For the audit log.
  [[nodiscard]] store::Actor actor() const { return {session.account_name, address}; }
};

class Guard {
 public:
  /// `public_url` is where people reach the page, or empty. Over https its cookie is one that no other host can set and that
  /// never goes over http.
  Guard(accounts::Sessions& sessions, http::TrustedProxies proxies, const std::string& public_url, bool in_tls);

  /// Errors: kNotSignedIn.
  [[nodiscard]] Result<Visitor> visitor(const http::Request& request) const;

  /// A change must come from a page that this server gave: browsers say where a request comes from, and programs use the API.
  /// Errors: kForeignOrigin.
  [[nodiscard]] Result<void> check_origin(const http::Request& request) const;

  [[nodiscard]] std::string address_of(const http::Request& request) const { return proxies_.client_of(request); }

  /// Set-Cookie headers' values.
  [[nodiscard]] std::string cookie_for(const std::string& token) const;
  [[nodiscard]] std::string cookie_of_nobody() const;

 private:
  [[nodiscard]] std::string token_in(const std::string& cookies) const;

  accounts::Sessions& sessions_;
  http::TrustedProxies proxies_;
  std::string public_host_;
  bool secure_;
};

/// Whether the visitor's session and role are still what they were. Errors: as record().
[[nodiscard]] Result<void> check_visitor(store::Transaction& transaction, const Visitor& visitor);

/// Notes a change in the audit log, in the change's own transaction, which it has undone where the visitor's session or role is gone:
/// a request may be long under way. Errors: kNotSignedIn, kAdminsOnly.
[[nodiscard]] Result<void> record(store::Transaction& transaction, const Visitor& visitor, const std::string& action,
                                  const std::string& target);

/// Errors: kAdminsOnly.
[[nodiscard]] Result<void> check_admin(const Visitor& visitor);

}   // namespace capid::admin

// SPDX-License-Identifier: Apache-2.0
// The way in and out: set-up, signing in, the session, its end, and one's own password.
#pragma once

#include <string>
#include <vector>

#include "accounts/sign_in.h"
#include "admin/guard.h"
#include "store/writer.h"

namespace capid::admin {

/// What every page needs to know of this server.
struct Facts {
  std::string version;
  std::string public_url;
  std::vector<std::string> models;
  std::string default_model;   ///< empty: none
  bool enforces_credits = false;
};

class Entrance {
 public:
  Entrance(Facts facts, const Guard& guard, accounts::Sessions& sessions, accounts::SignIn& sign_in,
           const base::SecretKey& instance_secret, store::Writer& writer, store::Readers& readers,
           const base::Clock& clock);

  /// POST /admin/api/setup {token, password}
  [[nodiscard]] Result<http::Response> set_up(const http::Request& request);
  /// POST /admin/api/session {account, password}
  [[nodiscard]] Result<http::Response> sign_in(const http::Request& request);
  /// GET /admin/api/session: null where nobody is signed in, which is no error, since everybody's first visit asks it
  [[nodiscard]] Result<http::Response> session(const http::Request& request);
  /// DELETE /admin/api/session
  [[nodiscard]] Result<http::Response> sign_out(const http::Request& request, const Visitor& visitor);
  /// DELETE /admin/api/sessions
  [[nodiscard]] Result<http::Response> sign_out_everywhere(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/password {current, new}
  [[nodiscard]] Result<http::Response> change_password(const http::Request& request, const Visitor& visitor);

 private:
  [[nodiscard]] Result<http::Response> open_session(const accounts::SignedIn& signed_in, const std::string& address,
                                                    const std::string& replaced);
  [[nodiscard]] OrderedJson render(const store::Account& account) const;

  Facts facts_;
  const Guard& guard_;
  accounts::Sessions& sessions_;
  accounts::SignIn& sign_in_;
  base::SecretKey instance_secret_;
  store::Writer& writer_;
  store::Readers& readers_;
  const base::Clock& clock_;
};

}   // namespace capid::admin

// SPDX-License-Identifier: Apache-2.0
#include "admin/guard.h"

#include "base/text.h"

namespace capid::admin {
namespace {

// The part of an address between the scheme and the path.
std::string host_in(const std::string& url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos) return "";
  const size_t begin = scheme + 3;
  return base::to_lower(url.substr(begin, url.find('/', begin) - begin));
}

// A browser trusts what it asks of its own machine as it does https.
bool is_loopback(const std::string& host) {
  const std::string name = host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  return name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

// A browser takes one with this prefix over https alone, for this host alone.
const char* cookie_name(bool secure) { return secure ? "__Host-capid_session" : "capid_session"; }

}   // namespace

keys::Grant Visitor::grant() const {
  return {
      .session = session.id, .account = session.account, .admin = session.is_admin, .reaches_all = session.is_admin};
}

Guard::Guard(accounts::Sessions& sessions, http::TrustedProxies proxies, const std::string& public_url, bool in_tls)
    : sessions_(sessions),
      proxies_(std::move(proxies)),
      public_host_(host_in(public_url)),
      secure_(in_tls || public_url.starts_with("https://")) {}

Result<Visitor> Guard::visitor(const http::Request& request) const {
  store::Session session = TRY(sessions_.find(token_in(request.cookie)));
  return Visitor{.session = std::move(session), .address = address_of(request)};
}

// Sec-Fetch-Site cannot be set by a page's script; older browsers send Origin alone, which cannot be either.
Result<void> Guard::check_origin(const http::Request& request) const {
  const Error foreign{Code::kForeignOrigin,
                      "changes are taken from this server's own pages alone; programs use /api/v1 with a key"};
  if (!request.fetch_site.empty() && request.fetch_site != "same-origin") return foreign;
  const std::string origin = host_in(request.origin);
  if (origin.empty()) return foreign;
  if (secure_ && request.origin.starts_with("http://") && !is_loopback(origin))
    return Error{
        Code::kForeignOrigin,
        "these pages are to be had over https alone, where a browser keeps the session: open their https address"};
  if (origin == base::to_lower(request.host) || (!public_host_.empty() && origin == public_host_)) return {};
  return foreign;
}

std::string Guard::cookie_for(const std::string& token) const {
  constexpr int64_t kSecondMs = 1'000;
  return std::string(cookie_name(secure_)) + "=" + token +
         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(accounts::Sessions::kMostMs / kSecondMs) +
         (secure_ ? "; Secure" : "");
}

std::string Guard::cookie_of_nobody() const {
  return std::string(cookie_name(secure_)) + "=" + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=0" +
         (secure_ ? "; Secure" : "");
}

std::string Guard::token_in(const std::string& cookies) const {
  const std::string name = std::string(cookie_name(secure_)) + "=";
  for (const std::string& part : base::split(cookies, ';')) {
    const size_t begin = part.find_first_not_of(' ');
    if (begin != std::string::npos && part.compare(begin, name.size(), name) == 0)
      return part.substr(begin + name.size());
  }
  return "";
}

Result<void> check_visitor(store::Transaction& transaction, const Visitor& visitor) {
  const auto now = TRY(store::find_session(transaction.database(), visitor.session.id));
  if (!now || now->account_disabled)
    return Error{Code::kNotSignedIn, "the session ended meanwhile, and nothing was changed: sign in again"};
  if (visitor.session.is_admin && !now->is_admin)
    return Error{Code::kAdminsOnly, "you are no admin any more, and nothing was changed"};
  return {};
}

Result<void> record(store::Transaction& transaction, const Visitor& visitor, const std::string& action,
                    const std::string& target) {
  TRY(check_visitor(transaction, visitor));
  return store::append_audit(transaction, visitor.actor(), action, target);
}

Result<void> check_admin(const Visitor& visitor) {
  if (visitor.session.is_admin) return {};
  return Error{Code::kAdminsOnly, "this is for admins alone: ask one"};
}

}   // namespace capid::admin

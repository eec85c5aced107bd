// SPDX-License-Identifier: Apache-2.0
#include "admin/entrance.h"

#include "accounts/accounts.h"
#include "accounts/setup.h"
#include "admin/fields.h"
#include "base/log.h"
#include "base/text.h"
#include "files/types.h"
#include "http/params.h"

namespace capid::admin {
namespace {

http::Response done() { return http::json_response(200, {{"success", true}}); }

}   // namespace

Entrance::Entrance(Facts facts, const Guard& guard, accounts::Sessions& sessions, accounts::SignIn& sign_in,
                   const base::SecretKey& instance_secret, store::Writer& writer, store::Readers& readers,
                   const base::Clock& clock)
    : facts_(std::move(facts)),
      guard_(guard),
      sessions_(sessions),
      sign_in_(sign_in),
      instance_secret_(instance_secret),
      writer_(writer),
      readers_(readers),
      clock_(clock) {}

// The token is looked at before the password is hashed, which takes 64 MiB: only who holds a good one gets that far.
Result<http::Response> Entrance::set_up(const http::Request& request) {
  const Fields fields = TRY(Fields::read(request, {"token", "password"}));
  const std::string token = TRY(fields.text("token"));
  const std::string password = TRY(fields.text("password"));
  TRY(accounts::check_setup_token(*readers_.lend(), instance_secret_, token, clock_.now_ms()));
  const std::string hash = TRY(accounts::hash_of_password(password));
  const std::string address = guard_.address_of(request);
  const auto account = TRY(writer_.commit([&](store::Transaction& transaction) -> Result<store::Account> {
    const auto first = TRY(accounts::use_setup_token(transaction, instance_secret_, token, hash));
    TRY(store::append_audit(transaction, {first.name, address}, "account.setup", first.name));
    return first;
  }));
  return open_session({.account = account, .hash = hash}, address, "");
}

Result<http::Response> Entrance::sign_in(const http::Request& request) {
  const Fields fields = TRY(Fields::read(request, {"account", "password"}));
  const accounts::Attempt attempt{.name = TRY(fields.text("account")),
                                  .password = TRY(fields.text("password")),
                                  .address = guard_.address_of(request)};
  const auto found = sign_in_(attempt);
  if (!found) {   // without the name: people type passwords into the wrong field
    base::log::warn("somebody could not sign in",
                    {{"address", attempt.address}, {"code", std::string(base::to_string(found.error().code))}});
    return found.error();
  }
  const auto before = guard_.visitor(request);
  return open_session(*found, attempt.address, before ? before->session.id : "");
}

// A new session with a new token, where the password is still what it was; what the browser held before ends with it.
Result<http::Response> Entrance::open_session(const accounts::SignedIn& signed_in, const std::string& address,
                                              const std::string& replaced) {
  const store::Account& account = signed_in.account;
  const std::string token = TRY(writer_.commit([&](store::Transaction& transaction) -> Result<std::string> {
    if (TRY(store::password_hash(transaction.database(), account.id)) != signed_in.hash)
      return Error{Code::kSignInFailed, "the password was changed at this moment: sign in with the new one"};
    if (!replaced.empty()) TRY(store::remove_session(transaction, replaced));
    TRY(store::append_audit(transaction, {account.name, address}, "session.open", account.name));
    return sessions_.open(transaction, account.id, address);
  }));
  http::Response response = http::json_response(200, render(account));
  response.headers.emplace_back("Set-Cookie", guard_.cookie_for(token));
  return response;
}

Result<http::Response> Entrance::session(const http::Request& request) {
  TRY(http::check_params(request, {}));
  const auto visitor = guard_.visitor(request);
  if (!visitor && visitor.error().code != Code::kNotSignedIn) return visitor.error();
  if (!visitor) return http::json_response(200, nullptr);
  const auto account = TRY(store::find_account(*readers_.lend(), visitor->session.account));
  CHECK(account);   // accounts are disabled, never removed
  return http::json_response(200, render(*account));
}

Result<http::Response> Entrance::sign_out(const http::Request&, const Visitor& visitor) {
  TRY(writer_.commit([&](store::Transaction& transaction) -> Result<void> {
    TRY(record(transaction, visitor, "session.close", visitor.session.account_name));
    return store::remove_session(transaction, visitor.session.id);
  }));
  http::Response response = done();
  response.headers.emplace_back("Set-Cookie", guard_.cookie_of_nobody());
  return response;
}

Result<http::Response> Entrance::sign_out_everywhere(const http::Request&, const Visitor& visitor) {
  TRY(writer_.commit([&](store::Transaction& transaction) -> Result<void> {
    TRY(record(transaction, visitor, "session.close_all", visitor.session.account_name));
    return store::remove_sessions_of(transaction, visitor.session.account);
  }));
  http::Response response = done();
  response.headers.emplace_back("Set-Cookie", guard_.cookie_of_nobody());
  return response;
}

Result<http::Response> Entrance::change_password(const http::Request& request, const Visitor& visitor) {
  const Fields fields = TRY(Fields::read(request, {"current", "new"}));
  TRY(sign_in_.check(visitor.session.account_name, TRY(fields.text("current")), visitor.address));
  const std::string hash = TRY(accounts::hash_of_password(TRY(fields.text("new")), "new"));
  TRY(writer_.commit([&](store::Transaction& transaction) -> Result<void> {
    TRY(record(transaction, visitor, "account.password", visitor.session.account_name));
    return accounts::set_password(transaction, visitor.session.account, hash, visitor.session.id);
  }));
  return done();
}

OrderedJson Entrance::render(const store::Account& account) const {
  return {{"account", {{"id", account.id}, {"name", account.name}, {"role", account.role}}},
          {"balance", base::micro_to_number(account.balance)},
          {"creditsEnforced", facts_.enforces_credits},
          {"version", facts_.version},
          {"publicUrl", facts_.public_url},
          {"models", facts_.models},
          {"defaultModel", facts_.default_model.empty() ? OrderedJson(nullptr) : OrderedJson(facts_.default_model)},
          {"files",
           {{"most", files::kMaxFilesPerRun},
            {"mostBytes", files::kMaxFileSize},
            {"extensions", files::accepted_extensions()}}}};
}

}   // namespace capid::admin

// SPDX-License-Identifier: Apache-2.0
#include "admin/accounts.h"

#include "accounts/accounts.h"
#include "admin/fields.h"
#include "base/text.h"
#include "credits/credits.h"
#include "http/params.h"

namespace capid::admin {
namespace {

OrderedJson render(const store::Account& account, int64_t active_keys) {
  return {{"id", account.id},
          {"name", account.name},
          {"role", account.role},
          {"balance", base::micro_to_number(account.balance)},
          {"createdAt", base::to_iso8601(account.created_at)},
          {"disabled", account.disabled},
          {"hasPassword", account.has_password},
          {"activeKeys", active_keys}};
}

}   // namespace

Result<http::Response> Accounts::list(const http::Request& request, const Visitor&) {
  TRY(http::check_params(request, {}));
  auto database = readers_.lend();
  const store::ReadTransaction view(*database);
  const auto keys = TRY(store::count_active_keys(*database, clock_.now_ms()));
  OrderedJson listed = OrderedJson::array();
  for (const store::Account& account : TRY(store::list_accounts(*database))) {
    const auto count = keys.find(account.id);
    listed.push_back(render(account, count == keys.end() ? 0 : count->second));
  }
  return http::json_response(200, {{"accounts", std::move(listed)}});
}

Result<http::Response> Accounts::add(const http::Request& request, const Visitor& visitor) {
  const Fields fields = TRY(Fields::read(request, {"name", "role", "password"}));
  const std::string name = TRY(fields.text("name")), role = TRY(fields.text("role"));
  const auto password = TRY(fields.maybe_text("password"));
  const std::string hash = password ? TRY(accounts::hash_of_password(*password)) : "";
  std::optional<store::Account> account;
  TRY(writer_.commit([&](store::Transaction& transaction) -> Result<void> {
    const std::string id = TRY(accounts::add(transaction, name, role));
    if (password) TRY(store::set_password_hash(transaction, id, hash));
    TRY(credits::open_account(transaction, prices_, id));
    account = TRY(store::find_account(transaction.database(), id));
    return record(transaction, visitor, "account.add", name + ", " + role);
  }));
  return http::json_response(201, render(*account, 0));
}

Result<http::Response> Accounts::change(const http::Request& request, const Visitor& visitor, const std::string& action,
                                        const Change& change) {
  TRY(writer_.commit([&](store::Transaction& transaction) -> Result<void> {
    const auto account = TRY(store::find_account(transaction.database(), request.param("accountId")));
    if (!account) return Error{Code::kAccountNotFound, "there is no such account"};
    TRY(check_visitor(transaction, visitor));   // before: an admin may take their own role away
    const std::string what = TRY(change(transaction, *account));
    return store::append_audit(transaction, visitor.actor(), action, account->name + (what.empty() ? "" : ", " + what));
  }));
  return http::json_response(200, {{"success", true}});
}

Result<http::Response> Accounts::set_role(const http::Request& request, const Visitor& visitor) {
  const std::string role = TRY(TRY(Fields::read(request, {"role"})).text("role"));
  return change(request, visitor, "account.role",
                [&](store::Transaction& transaction, const store::Account& account) -> Result<std::string> {
                  TRY(accounts::set_role(transaction, account, role));
                  return role;
                });
}

Result<http::Response> Accounts::set_password(const http::Request& request, const Visitor& visitor) {
  const std::string hash =
      TRY(accounts::hash_of_password(TRY(TRY(Fields::read(request, {"password"})).text("password"))));
  return change(request, visitor, "account.password",
                [&](store::Transaction& transaction, const store::Account& account) -> Result<std::string> {
                  const bool own = account.id == visitor.session.account;
                  TRY(accounts::set_password(transaction, account.id, hash, own ? visitor.session.id : ""));
                  return std::string();
                });
}

Result<http::Response> Accounts::credit(const http::Request& request, const Visitor& visitor) {
  const std::string text = TRY(TRY(Fields::read(request, {"amount"})).text("amount"));
  const auto amount = base::to_micro(text);
  if (!amount || *amount == 0)
    return Error{Code::kInvalidParameter,
                 "the amount is a number of credits such as 100, 2.5 or -10, with at most six decimals", "amount"};
  return change(request, visitor, "account.credit",
                [&](store::Transaction& transaction, const store::Account& account) -> Result<std::string> {
                  TRY(credits::grant(transaction, account.id, *amount));
                  return base::micro_to_text(*amount) + " credits";
                });
}

Result<http::Response> Accounts::disable(const http::Request& request, const Visitor& visitor) {
  return turn(request, visitor, true);
}

Result<http::Response> Accounts::enable(const http::Request& request, const Visitor& visitor) {
  return turn(request, visitor, false);
}

Result<http::Response> Accounts::turn(const http::Request& request, const Visitor& visitor, bool disabled) {
  TRY(Fields::read(request, {}));
  return change(request, visitor, disabled ? "account.disable" : "account.enable",
                [&](store::Transaction& transaction, const store::Account& account) -> Result<std::string> {
                  TRY(accounts::set_disabled(transaction, account, disabled));
                  return std::string();
                });
}

}   // namespace capid::admin

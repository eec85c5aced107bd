// SPDX-License-Identifier: Apache-2.0
#include "accounts/accounts.h"

#include "base/crypto.h"
#include "base/text.h"
#include "store/sessions.h"

namespace capid::accounts {
namespace {

constexpr size_t kMaxNameLength = 64;

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= kMaxNameLength &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-@") == std::string::npos;
}

Result<void> check_role(const std::string& role) {
  if (role == "admin" || role == "member") return {};
  return Error{Code::kInvalidParameter, "a role is admin or member", "role"};
}

Result<void> check_not_last_admin(store::Transaction& transaction, const store::Account& account) {
  if (account.role != "admin" || account.disabled) return {};
  if (TRY(store::count_other_admins(transaction.database(), account.id)) > 0) return {};
  return Error{Code::kInvalidParameter,
               "this is the last admin who can sign in: make another account an admin, with a password, first"};
}

}   // namespace

Result<std::string> add(store::Transaction& transaction, const std::string& name, const std::string& role) {
  if (!is_name(name)) {
    return Error{Code::kInvalidParameter, "an account's name is 1 to 64 of a-z, 0-9, '.', '_', '-' and '@'", "name"};
  }
  TRY(check_role(role));
  return store::insert_account(transaction, name, role);
}

Result<std::string> hash_of_password(const std::string& password, const char* field) {
  constexpr size_t kLeast = 10, kMost = 1024;
  if (password.size() < kLeast || password.size() > kMost) {
    return Error{Code::kInvalidParameter, "a password needs at least 10 characters, and at most 1024", field};
  }
  return base::hash_password(password);
}

Result<void> set_password(store::Transaction& transaction, const std::string& account, const std::string& hash,
                          const std::string& keep) {
  TRY(store::set_password_hash(transaction, account, hash));
  return store::remove_sessions_of(transaction, account, keep);
}

Result<void> set_role(store::Transaction& transaction, const store::Account& account, const std::string& role) {
  TRY(check_role(role));
  if (role == "member") TRY(check_not_last_admin(transaction, account));
  return store::set_account_role(transaction, account.id, role);
}

Result<void> set_disabled(store::Transaction& transaction, const store::Account& account, bool disabled) {
  if (disabled) TRY(check_not_last_admin(transaction, account));
  TRY(store::set_account_disabled(transaction, account.id, disabled));
  if (disabled) TRY(store::remove_sessions_of(transaction, account.id));
  return {};
}

Result<store::Account> find(store::Database& database, const std::string& name) {
  if (auto account = TRY(store::find_account_by_name(database, name))) return *account;
  std::vector<std::string> names;
  for (const store::Account& account : TRY(store::list_accounts(database))) names.push_back(account.name);
  return Error{Code::kInvalidParameter, "there is no account named \"" + name + "\"" + base::did_you_mean(name, names),
               "account"};
}

}   // namespace capid::accounts

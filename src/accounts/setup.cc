// SPDX-License-Identifier: Apache-2.0
#include "accounts/setup.h"

#include "accounts/accounts.h"
#include "store/sessions.h"

namespace capid::accounts {
namespace {

constexpr size_t kTokenBytes = 32;
constexpr int64_t kGoodForMs = 3'600'000;

std::string hash_of(const base::SecretKey& instance_secret, const std::string& token) {
  return base::keyed_hash(instance_secret.derive("setup token"), token);
}

Error not_good() {
  return {Code::kInvalidSetupToken,
          "this set-up token is not good, or not any more: run  capid setup  on the server for a new one"};
}

}   // namespace

Result<std::string> make_setup_token(store::Transaction& transaction, const base::SecretKey& instance_secret) {
  std::string token = base::random_hex(kTokenBytes);
  TRY(store::set_setup_token(transaction, hash_of(instance_secret, token), transaction.now_ms() + kGoodForMs));
  return token;
}

std::string setup_link(const std::string& page, const std::string& token) { return page + "/setup#" + token; }

Result<void> check_setup_token(store::Database& database, const base::SecretKey& instance_secret,
                               const std::string& token, base::TimeMs now) {
  if (TRY(store::is_setup_token(database, hash_of(instance_secret, token), now))) return {};
  return not_good();
}

Result<store::Account> use_setup_token(store::Transaction& transaction, const base::SecretKey& instance_secret,
                                       const std::string& token, const std::string& password_hash) {
  if (!TRY(store::take_setup_token(transaction, hash_of(instance_secret, token)))) return not_good();
  store::Account account = TRY(find(transaction.database(), kFirstAccount));
  TRY(store::set_password_hash(transaction, account.id, password_hash));
  TRY(store::set_account_role(transaction, account.id, "admin"));
  TRY(store::set_account_disabled(transaction, account.id, false));
  TRY(store::remove_sessions_of(transaction, account.id));
  return account;
}

}   // namespace capid::accounts

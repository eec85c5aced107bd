// SPDX-License-Identifier: Apache-2.0
#include "secrets/secrets.h"

#include "store/secrets.h"

namespace capid::secrets {

Result<void> check_name(const std::string& name) {
  if (store::is_secret_name(name)) return {};
  return Error{Code::kInvalidParameter, std::string("a secret's name is ") + store::kSecretNameForm};
}

std::string not_set_message(const std::string& name) {
  return "the secret " + name + " is not set: the operator sets it with  capid secrets set " + name;
}

Result<void> Secrets::set(store::Transaction& transaction, const std::string& name, std::string_view value) const {
  const auto refuse = [](const std::string& why) { return Error{Code::kInvalidParameter, why}; };
  TRY(check_name(name));
  if (value.empty()) return refuse("the value is empty: a secret has at least one byte");
  if (value.size() > kMostBytes) return refuse("the value is larger than 16 KiB");
  if (value.find('\0') != std::string_view::npos) return refuse("the value holds a NUL byte, which no variable can");
  return store::put_secret(transaction, name, base::seal(key_, value, name));
}

// Opened only under the name that it was sealed for.
Result<std::optional<base::SecretText>> Secrets::get(store::Database& database, const std::string& name) const {
  const auto sealed = TRY(store::find_sealed_secret(database, name));
  if (!sealed) return std::optional<base::SecretText>{};
  return std::optional(TRY(base::open_sealed_text(key_, *sealed, name)));
}

}   // namespace capid::secrets

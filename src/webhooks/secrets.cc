// SPDX-License-Identifier: Apache-2.0
#include "webhooks/secrets.h"

#include "store/webhook_secrets.h"
#include "webhooks/signature.h"

namespace capid::webhooks {

Result<std::vector<Secret>> Secrets::open(store::Transaction& transaction, const std::string& account) const {
  auto secrets = TRY(live(transaction, account));
  if (!secrets.empty()) return secrets;
  TRY(make(transaction, account, 0));
  return live(transaction, account);
}

Result<std::vector<Secret>> Secrets::rotate(store::Transaction& transaction, const std::string& account) const {
  const auto before = TRY(live(transaction, account));
  if (before.size() >= kMost) {
    return Error{Code::kInvalidParameter, "the secret was replaced " + std::to_string(kMost - 1) +
                                              " times within a day, and all of them still sign: wait until " +
                                              base::to_iso8601(*before.back().retires_at) +
                                              ", or end them all with --now"};
  }
  TRY(make(transaction, account, kOverlapMs));
  return live(transaction, account);
}

Result<std::vector<Secret>> Secrets::replace(store::Transaction& transaction, const std::string& account) const {
  TRY(make(transaction, account, 0));
  return live(transaction, account);
}

// Opened only under the account that it was sealed for.
Result<std::vector<Secret>> Secrets::live(store::Transaction& transaction, const std::string& account) const {
  std::vector<Secret> secrets;
  for (const auto& row : TRY(store::live_webhook_secrets(transaction.database(), account, transaction.now_ms()))) {
    secrets.push_back({.text = TRY(base::open_sealed(key_, row.sealed, account)),
                       .created_at = row.created_at,
                       .retires_at = row.retires_at});
  }
  return secrets;
}

Result<void> Secrets::make(store::Transaction& transaction, const std::string& account, int64_t overlap_ms) const {
  return store::replace_webhook_secret(transaction, account, base::seal(key_, new_secret(), account),
                                       transaction.now_ms() + overlap_ms);
}

}   // namespace capid::webhooks

// SPDX-License-Identifier: Apache-2.0
#include "store/webhook_secrets.h"

namespace capid::store {

Result<std::vector<WebhookSecret>> live_webhook_secrets(Database& database, const std::string& account,
                                                        base::TimeMs now) {
  return read_all(database.query("SELECT sealed, created_at, retires_at FROM webhook_secrets WHERE account_id = ? "
                                 "AND (retires_at IS NULL OR retires_at > ?) ORDER BY id DESC",
                                 account, now),
                  [](Query& row) {
                    return WebhookSecret{
                        .sealed = row.blob(0), .created_at = row.integer(1), .retires_at = row.maybe_integer(2)};
                  });
}

Result<void> replace_webhook_secret(Transaction& transaction, const std::string& account, const std::string& sealed,
                                    base::TimeMs retires_at) {
  Database& database = transaction.database();
  TRY(database.execute("DELETE FROM webhook_secrets WHERE account_id = ? AND retires_at <= ?", account,
                       transaction.now_ms()));
  TRY(database.execute(
      "UPDATE webhook_secrets SET retires_at = min(coalesce(retires_at, ?1), ?1) WHERE account_id = ?2", retires_at,
      account));
  TRY(database.execute("INSERT INTO webhook_secrets (id, account_id, sealed, created_at) VALUES (?, ?, ?, ?)",
                       transaction.new_id(), account, Blob{sealed}, transaction.now_ms()));
  return {};
}

}   // namespace capid::store

// SPDX-License-Identifier: Apache-2.0
#include "store/idempotency.h"

namespace capid::store {

Result<std::optional<KeptAcceptance>> find_acceptance(Database& database, const IdempotencyKey& key,
                                                      base::TimeMs since) {
  return read_one(
      database.query(
          R"sql(SELECT fingerprint, run_id, coalesce(runs.app_name, idempotency_keys.app_id)
                FROM idempotency_keys LEFT JOIN runs ON runs.id = run_id
                WHERE idempotency_keys.account_id = ? AND idempotency_keys.app_id = ? AND key = ?
                  AND idempotency_keys.created_at >= ?)sql",
          key.account, key.app, key.key, since),
      [](Query& row) {
        return KeptAcceptance{.fingerprint = row.text(0), .run = row.text(1), .app_name = row.text(2)};
      });
}

Result<void> keep_acceptance(Transaction& transaction, const IdempotencyKey& key, const std::string& fingerprint,
                             const std::string& run) {
  TRY(transaction.database().execute(
      R"sql(INSERT INTO idempotency_keys (account_id, app_id, key, fingerprint, run_id, created_at) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (account_id, app_id, key) DO UPDATE
            SET fingerprint = excluded.fingerprint, run_id = excluded.run_id, created_at = excluded.created_at)sql",
      key.account, key.app, key.key, fingerprint, run, transaction.now_ms()));
  return {};
}

Result<int64_t> forget_acceptances(Transaction& transaction, base::TimeMs since, int64_t limit) {
  return transaction.database().execute(
      R"sql(DELETE FROM idempotency_keys WHERE (account_id, app_id, key) IN
              (SELECT account_id, app_id, key FROM idempotency_keys WHERE created_at < ? LIMIT ?))sql",
      since, limit);
}

}   // namespace capid::store

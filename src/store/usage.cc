// SPDX-License-Identifier: Apache-2.0
#include "store/usage.h"

namespace capid::store {

Result<void> add_usage(Transaction& transaction, const std::string& run, int64_t credits) {
  constexpr size_t kDayLength = 10;
  TRY(transaction.database().execute(
      R"sql(INSERT INTO daily_usage (account_id, day, app_id, model_id, runs, credits, input_tokens, output_tokens)
            SELECT account_id, ?, app_id, coalesce(used_model, model_id, ''), 1, ?, input_tokens, output_tokens
            FROM runs WHERE id = ?
            ON CONFLICT (account_id, day, app_id, model_id) DO UPDATE
            SET runs = runs + 1, credits = credits + excluded.credits,
                input_tokens = input_tokens + excluded.input_tokens,
                output_tokens = output_tokens + excluded.output_tokens)sql",
      base::to_iso8601(transaction.now_ms()).substr(0, kDayLength), credits, run));
  return {};
}

Result<std::vector<DailyUsage>> list_usage(Database& database, const std::string& account,
                                           const std::optional<std::string>& app, const std::string& first) {
  return read_all(database.query(
                      R"sql(SELECT day, app_id, model_id, runs, credits, input_tokens, output_tokens FROM daily_usage
                WHERE account_id = ?1 AND day >= ?2 AND (?3 IS NULL OR app_id = ?3) ORDER BY day, app_id, model_id)sql",
                      account, first, app),
                  [](Query& row) {
                    return DailyUsage{.day = row.text(0),
                                      .app = row.text(1),
                                      .model = row.text(2),
                                      .runs = row.integer(3),
                                      .credits = row.integer(4),
                                      .input_tokens = row.integer(5),
                                      .output_tokens = row.integer(6)};
                  });
}

}   // namespace capid::store

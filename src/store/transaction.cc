// SPDX-License-Identifier: Apache-2.0
#include "store/transaction.h"

#include "store/runs.h"

namespace capid::store {

Result<void> commit_once(Database& database, const std::function<Result<void>(Transaction&)>& job) {
  const base::SystemClock clock;
  base::IdSequence ids(clock);
  TRY(database.execute("BEGIN IMMEDIATE"));
  const auto to_the_end = [&]() -> Result<void> {
    ids.continue_after(TRY(newest_id(database)));
    Transaction transaction(database, ids, clock.now_ms());
    TRY(job(transaction));
    TRY(database.execute("COMMIT"));
    return {};
  };
  auto done = to_the_end();
  if (!done && !database.in_autocommit()) TRY(database.execute("ROLLBACK"));
  return done;
}

}   // namespace capid::store

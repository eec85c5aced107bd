// SPDX-License-Identifier: Apache-2.0
#include "store/transaction.h"

#include "store/runs.h"

namespace capid::store {

Result<void> commit_once(Database& database, const std::function<Result<void>(Transaction&)>& job) {
  const base::SystemClock clock;
  base::IdSequence ids(clock);
  TRY(database.execute("BEGIN IMMEDIATE"));
  ids.continue_after(TRY(newest_id(database)));
  Transaction transaction(database, ids, clock.now_ms());
  auto done = job(transaction);
  if (!done) {
    if (!database.in_autocommit()) TRY(database.execute("ROLLBACK"));
    return done;
  }
  TRY(database.execute("COMMIT"));
  return {};
}

}   // namespace capid::store

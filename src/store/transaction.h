// SPDX-License-Identifier: Apache-2.0
// What a writing job works with: the connection inside an open transaction, the clock, and the source of ids.
#pragma once

#include <functional>

#include "base/clock.h"
#include "base/ids.h"
#include "store/database.h"

namespace capid::store {

class Transaction {
 public:
  Transaction(Database& database, base::IdSequence& ids, base::TimeMs now_ms)
      : database_(database), ids_(ids), now_ms_(now_ms) {}

  [[nodiscard]] Database& database() { return database_; }

  /// A new id, larger than every id given out before. One that is rolled back is not given again.
  [[nodiscard]] std::string new_id() { return ids_.next(); }

  /// One moment for everything that this transaction writes.
  [[nodiscard]] base::TimeMs now_ms() const { return now_ms_; }

 private:
  Database& database_;
  base::IdSequence& ids_;
  base::TimeMs now_ms_;
};

/// One short transaction of a process without a Writer, beside a server or not: waits for its turn as the database's mode says.
/// `job`'s error undoes it.
[[nodiscard]] Result<void> commit_once(Database& database, const std::function<Result<void>(Transaction&)>& job);

/// One consistent view over several reads; ends with its scope.
class ReadTransaction {
 public:
  explicit ReadTransaction(Database& database) : database_(database) { (void)database_.execute("BEGIN"); }
  ~ReadTransaction() { (void)database_.execute("COMMIT"); }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  Database& database_;
};

}   // namespace capid::store

// SPDX-License-Identifier: Apache-2.0
#include "store/copy.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"

namespace capid::store {
namespace {

Result<void> copy(const std::string& from, const std::string& to) {
  auto database = TRY(Database::open(from, Database::Mode::kReadOnly));
  TRY(database.execute("VACUUM INTO ?", to));
  const auto file = TRY(base::open_file(to, O_RDWR));
  return base::sync(file.get());
}

}   // namespace

// In one go: stepwise, a copy under constant writes would begin anew again and again.
Result<void> copy_database(const std::string& from, const std::string& to) {
  auto done = copy(from, to);
  if (!done) ::unlink(to.c_str());
  return done;
}

Result<void> check_integrity(Database& database) {
  const auto complaint =
      TRY(read_one(database.query("PRAGMA integrity_check(1)"), [](Query& row) { return row.text(0); }));
  if (complaint.value_or("") != "ok")
    return Error{Code::kStoreUnavailable, "the database is damaged", {}, complaint.value_or("")};
  if (const auto lost =
          TRY(read_all(database.query("PRAGMA foreign_key_check"), [](Query& row) { return row.text(0); }));
      !lost.empty())
    return Error{
        Code::kStoreUnavailable, "the database is damaged", {}, "rows of " + lost.front() + " belong to nothing"};
  return {};
}

Result<void> each_kept_blob(Database& database, const std::function<Result<void>(const KeptBlob&)>& take) {
  auto query = TRY(database.query(
      "SELECT blob, sha256 FROM run_files WHERE blob <> '' UNION SELECT blob, sha256 FROM artifacts WHERE blob <> ''"));
  while (TRY(query.next())) TRY(take({.name = query.text(0), .sha256 = query.text(1)}));
  return {};
}

Result<int64_t> count_all_runs(Database& database) {
  return TRY(read_one(database.query("SELECT count(*) FROM runs"), [](Query& row) { return row.integer(0); }))
      .value_or(0);
}

}   // namespace capid::store

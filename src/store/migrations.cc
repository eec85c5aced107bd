// SPDX-License-Identifier: Apache-2.0
#include "store/migrations.h"

#include <fcntl.h>
#include <unistd.h>

#include <string_view>

#include "base/fd.h"
#include "store/schema.h"

namespace capid::store {
namespace {

Result<int64_t> schema_version(Database& database) {
  auto version = TRY(read_one(database.query("PRAGMA user_version"), [](Query& row) { return row.integer(0); }));
  return version.value_or(0);
}

Error wrong_schema(int64_t found) {
  const std::string ours = std::to_string(migrations().size());
  const std::string theirs = std::to_string(found);
  return {Code::kStoreUnavailable, found > static_cast<int64_t>(migrations().size())
                                       ? "this database was written by a newer capid (schema " + theirs +
                                             ", this one knows " + ours + "): use that version, or restore a backup"
                                       : "this database has schema " + theirs + ", this capid needs " + ours +
                                             ": start `capid serve` of this version once, it migrates"};
}

// A database that was closed in good order is its one file, and keeps its version in the header. Opening it through the
// library would make the log's files beside it, which a reader cannot take away again.
Result<int64_t> schema_in_header(const std::string& path) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  constexpr size_t kHeaderSize = 100, kUserVersion = 60;
  const Error none{Code::kStoreUnavailable, path + " is no database of capid's"};
  const auto file = TRY(base::open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  char header[kHeaderSize];
  if (::pread(file.get(), header, sizeof header, 0) != sizeof header) return none;
  if (std::string_view(header, kMagic.size()) != kMagic) return none;
  uint32_t version = 0;
  for (size_t i = 0; i < sizeof version; ++i)
    version = version << 8 | static_cast<unsigned char>(header[kUserVersion + i]);
  return version;
}

}   // namespace

int64_t newest_schema() { return migrations().size(); }

Result<int64_t> schema_of(const std::string& path) {
  if (::access((path + "-wal").c_str(), F_OK) != 0) return schema_in_header(path);
  auto database = TRY(Database::open(path, Database::Mode::kReadOnly));
  return schema_version(database);
}

Result<void> migrate(Database& database) { return migrate(database, migrations().size()); }

Result<void> migrate(Database& database, size_t up_to) {
  const int64_t found = TRY(schema_version(database));
  if (found > static_cast<int64_t>(migrations().size())) return wrong_schema(found);
  for (auto next = static_cast<size_t>(found); next < up_to; ++next) {
    TRY(database.execute_script("BEGIN IMMEDIATE;" + std::string(migrations()[next]) +
                                "PRAGMA user_version = " + std::to_string(next + 1) + "; COMMIT;"));
  }
  return {};
}

Result<void> check_schema(Database& database) {
  const int64_t found = TRY(schema_version(database));
  if (found != static_cast<int64_t>(migrations().size())) return wrong_schema(found);
  return {};
}

}   // namespace capid::store

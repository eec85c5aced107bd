// SPDX-License-Identifier: Apache-2.0
#include "server/open_store.h"

#include <filesystem>

#include "base/log.h"
#include "store/copy.h"
#include "store/migrations.h"

namespace capid::server {
namespace {

constexpr const char* kCopyPrefix = "before-migration-from-schema-";

Result<void> copy_before_migration(const DataFolder& folder) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!fs::exists(folder.database(), ignored)) return {};
  const int64_t schema = TRY(store::schema_of(folder.database()));
  if (schema == 0 || schema >= store::newest_schema()) return {};
  const std::string copy = folder.path() + "/" + kCopyPrefix + std::to_string(schema) + ".db";
  const std::string unfinished = copy + ".new";
  fs::remove(unfinished, ignored);
  auto done = store::copy_database(folder.database(), unfinished);
  if (!done)
    return Error{done.error().code,
                 "the database cannot be copied before it is migrated, so it was left as it is",
                 {},
                 done.error().detail};
  for (auto entry = fs::directory_iterator(folder.path(), ignored); !ignored && entry != fs::directory_iterator();
       entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(kCopyPrefix) && entry->path() != unfinished) fs::remove(entry->path(), ignored);
  }
  fs::rename(unfinished, copy, ignored);
  base::log::info("database copied before its migration", {{"copy", copy}, {"schema", std::to_string(schema)}});
  return {};
}

}   // namespace

Result<store::Database> open_store(const DataFolder& folder) {
  TRY(copy_before_migration(folder));
  auto database = TRY(store::Database::open(folder.database(), store::Database::Mode::kCreate));
  TRY(store::migrate(database));
  return database;
}

}   // namespace capid::server

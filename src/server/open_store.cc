// SPDX-License-Identifier: Apache-2.0
#include "server/open_store.h"

#include <filesystem>

#include "base/fd.h"
#include "base/log.h"
#include "store/copy.h"
#include "store/migrations.h"

namespace capid::server {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCopyPrefix = "before-migration-from-schema-";

Error not_copied(std::string why) {
  return {Code::kStoreUnavailable,
          "the database cannot be copied before it is migrated, so it was left as it is",
          {},
          std::move(why)};
}

void remove_copies_but(const fs::path& kept, const DataFolder& folder) {
  std::error_code ignored;
  for (auto entry = fs::directory_iterator(folder.path(), ignored); !ignored && entry != fs::directory_iterator();
       entry.increment(ignored)) {
    if (entry->path().filename().string().starts_with(kCopyPrefix) && entry->path() != kept)
      fs::remove(entry->path(), ignored);
  }
}

// The copy is on the disk, under its name, before the one before it goes and before the migration begins.
Result<void> copy_before_migration(const DataFolder& folder) {
  std::error_code ignored;
  if (!fs::exists(folder.database(), ignored)) return {};
  const int64_t schema = TRY(store::schema_of(folder.database()));
  if (schema == 0 || schema >= store::newest_schema()) return {};
  const std::string copy = folder.path() + "/" + kCopyPrefix + std::to_string(schema) + ".db";
  const std::string unfinished = copy + ".new";
  fs::remove(unfinished, ignored);
  auto done = store::copy_database(folder.database(), unfinished);
  if (!done) return not_copied(done.error().detail);
  std::error_code failed;
  fs::rename(unfinished, copy, failed);
  if (failed) {
    fs::remove(unfinished, ignored);
    return not_copied(copy + ": " + failed.message());
  }
  TRY(base::sync_folder(folder.path()));
  remove_copies_but(copy, folder);
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

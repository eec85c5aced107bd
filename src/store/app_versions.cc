// SPDX-License-Identifier: Apache-2.0
#include "store/app_versions.h"

#include "store/moments.h"

namespace capid::store {

Result<void> insert_app_version(Transaction& transaction, const AppVersion& version) {
  TRY(transaction.database().execute(
      "INSERT INTO app_versions (app_id, version, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", version.app,
      version.version, transaction.now_ms()));
  return {};
}

Result<bool> remove_unused_app_version(Transaction& transaction, const AppVersion& version) {
  if (TRY(files_are_held(transaction))) return false;
  const int64_t removed = TRY(transaction.database().execute(
      R"sql(DELETE FROM app_versions WHERE app_id = ? AND version = ?
            AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.app_id = app_versions.app_id AND runs.app_version = app_versions.version))sql",
      version.app, version.version));
  return removed == 1;
}

Result<std::vector<AppVersion>> list_app_versions(Database& database) {
  return read_all(database.query("SELECT app_id, version FROM app_versions"),
                  [](Query& row) { return AppVersion{.app = row.text(0), .version = row.text(1)}; });
}

Result<std::vector<AppVersion>> unused_app_versions(Database& database) {
  return read_all(database.query(R"sql(SELECT app_id, version FROM app_versions WHERE NOT EXISTS
                    (SELECT 1 FROM runs WHERE runs.app_id = app_versions.app_id AND runs.app_version = app_versions.version))sql"),
                  [](Query& row) { return AppVersion{.app = row.text(0), .version = row.text(1)}; });
}

}   // namespace capid::store

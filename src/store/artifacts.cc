// SPDX-License-Identifier: Apache-2.0
#include "store/artifacts.h"

namespace capid::store {
namespace {

Artifact read_artifact(Query& row) {
  Artifact artifact;
  artifact.id = row.text(0);
  artifact.run = row.text(1);
  artifact.title = row.text(2);
  artifact.filename = row.text(3);
  artifact.type = row.text(4);
  artifact.size = row.integer(5);
  artifact.sha256 = row.text(6);
  artifact.blob = row.text(7);
  return artifact;
}

}   // namespace

Result<std::string> insert_artifact(Transaction& transaction, const std::string& run, int64_t position,
                                    const NewArtifact& artifact) {
  const std::string id = transaction.new_id();
  TRY(transaction.database().execute(
      R"sql(INSERT INTO artifacts (id, run_id, position, title, filename, type, size, sha256, blob)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?))sql",
      id, run, position, artifact.title, artifact.filename, artifact.type, artifact.size, artifact.sha256,
      artifact.blob));
  return id;
}

Result<std::vector<Artifact>> artifacts_of_run(Database& database, const std::string& run) {
  return read_all(database.query("SELECT id, run_id, title, filename, type, size, sha256, blob FROM artifacts WHERE "
                                 "run_id = ? ORDER BY position",
                                 run),
                  read_artifact);
}

Result<std::optional<Artifact>> find_artifact(Database& database, const std::string& run, const std::string& id) {
  return read_one(
      database.query(
          "SELECT id, run_id, title, filename, type, size, sha256, blob FROM artifacts WHERE run_id = ? AND id = ?",
          run, id),
      read_artifact);
}

Result<bool> blob_is_used(Database& database, const std::string& blob) {
  auto used = TRY(read_one(
      database.query(
          "SELECT EXISTS (SELECT 1 FROM run_files WHERE blob = ?1) OR EXISTS (SELECT 1 FROM artifacts WHERE blob = ?1) "
          "OR EXISTS (SELECT 1 FROM removed_blobs WHERE name = ?1)",
          blob),
      [](Query& row) { return row.integer(0) != 0; }));
  return used.value_or(false);
}

}   // namespace capid::store

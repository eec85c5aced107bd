// SPDX-License-Identifier: Apache-2.0
// Artifacts as rows: what a run left, and where its bytes lie.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

struct NewArtifact {
  std::string title;      ///< for people: its path under /out
  std::string filename;   ///< a safe file name
  std::string type;       ///< a media type
  int64_t size = 0;
  std::string sha256;
  std::string blob;   ///< empty: its bytes are no longer kept
};

struct Artifact : NewArtifact {
  std::string id;
  std::string run;
};

/// `position` keeps the order within the run.
[[nodiscard]] Result<std::string> insert_artifact(Transaction& transaction, const std::string& run, int64_t position,
                                                  const NewArtifact& artifact);
[[nodiscard]] Result<std::vector<Artifact>> artifacts_of_run(Database& database, const std::string& run);
[[nodiscard]] Result<std::optional<Artifact>> find_artifact(Database& database, const std::string& run,
                                                            const std::string& id);

/// Whether any run's attachment or artifact is kept in the blob of that name, or retention is to remove it when it may.
[[nodiscard]] Result<bool> blob_is_used(Database& database, const std::string& blob);

}   // namespace capid::store

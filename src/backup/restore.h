// SPDX-License-Identifier: Apache-2.0
// Restores a backup, or only looks whether it could be.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace capid::backup {

struct Restored {
  std::string created_at;   ///< as the archive says
  int64_t runs = 0;
  int64_t files = 0;
  std::vector<std::string> damaged;   ///< what the backup itself could not save
};

/// Checks a whole archive: every checksum, every page and reference of the database, and that each file which the database names is
/// there and is what it was. `scratch` is an existing folder for the database while it is looked at. Errors: kInvalidParameter where
/// the archive is cut off, changed, or of a newer capid; kStoreUnavailable where its database is damaged.
[[nodiscard]] Result<Restored> verify(int archive, const std::string& scratch);

/// The same, and puts what was found into `folder`, which must be there and empty: aside at first, in place only when all was
/// checked, the database last. After an error what was written is gone again.
[[nodiscard]] Result<Restored> restore(int archive, const std::string& folder);

}   // namespace capid::backup

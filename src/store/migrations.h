// SPDX-License-Identifier: Apache-2.0
// The schema and its versions. Only the server that holds the data folder's lock migrates.
#pragma once

#include "store/database.h"

namespace capid::store {

/// Brings a new or older database to this program's schema, one transaction a version. Errors: kStoreUnavailable, with
/// words for the operator where the database was written by a newer capid.
[[nodiscard]] Result<void> migrate(Database& database);

/// The same up to a version of the schema: for a test that begins with an old one.
[[nodiscard]] Result<void> migrate(Database& database, size_t up_to);

/// Fails, saying what to do, where the database's schema is not exactly this program's.
[[nodiscard]] Result<void> check_schema(Database& database);

/// This program's schema, and that of the database at `path`, which is looked at without anything being left beside it.
/// Errors: kStoreUnavailable.
[[nodiscard]] int64_t newest_schema();
[[nodiscard]] Result<int64_t> schema_of(const std::string& path);

}   // namespace capid::store

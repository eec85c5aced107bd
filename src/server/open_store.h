// SPDX-License-Identifier: Apache-2.0
// Opens the database of a data folder for the server, brought forward to this version's schema.
#pragma once

#include "server/data_folder.h"
#include "store/database.h"

namespace capid::server {

/// Before a migration the database is copied beside itself, so that an upgrade that is regretted can be taken back; the last one's
/// copy is kept. Errors: kStoreUnavailable where the database is a newer version's, or there is no room for the copy: it is left as
/// it was then.
[[nodiscard]] Result<store::Database> open_store(const DataFolder& folder);

}   // namespace capid::server

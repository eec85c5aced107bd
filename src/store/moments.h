// SPDX-License-Identifier: Apache-2.0
// Moments: single times that outlive the process, by name.
#pragma once

#include <optional>

#include "store/transaction.h"

namespace capid::store {

/// Until when files that some view of the database names must stay on the disk, for a backup that copies them.
inline constexpr const char* kFilesHeldUntil = "files_held_until";
inline constexpr base::TimeMs kLongestHoldMs = 24 * 3'600'000;   ///< a later one was noted under a wrong clock, and holds nothing
/// The newest time that retention goes by.
inline constexpr const char* kRetentionTime = "retention_time";

[[nodiscard]] Result<void> note_moment(Transaction& transaction, const char* name, base::TimeMs at);
[[nodiscard]] Result<void> forget_moment(Transaction& transaction, const char* name);
[[nodiscard]] Result<std::optional<base::TimeMs>> find_moment(Database& database, const char* name);

/// Whether files must stay on the disk now.
[[nodiscard]] Result<bool> files_are_held(Transaction& transaction);

}   // namespace capid::store

// SPDX-License-Identifier: Apache-2.0
// Disk space: how much a folder's file system has left.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace capid::files {

/// Bytes that an ordinary user may still write below `folder`; 0 where it can make no further file.
[[nodiscard]] int64_t free_bytes(const std::string& folder);

/// kStoreUnavailable where less than `least` bytes are left there.
[[nodiscard]] Result<void> check_room(const std::string& folder, int64_t least);

}   // namespace capid::files

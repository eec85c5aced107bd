// SPDX-License-Identifier: Apache-2.0
// A folder that strangers filled: measured and removed without following links, without trusting its depth, its names or
// its permissions, and with a few descriptors at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace capid::base {

/// What a file takes beside its content: an entry and an inode.
inline constexpr int64_t kBytesAnEntry = 512;

/// What a tree takes on the disk, counting kBytesAnEntry for every entry. Looking ends as soon as it is more than `most`: the
/// result is then only known to be more. A folder that may not be looked into, or that lies more than 100 deep, hides what
/// it holds, and counts as INT64_MAX. What changes meanwhile may or may not be counted. Nothing where this process is short
/// of memory or descriptors, or the folder is not there.
[[nodiscard]] std::optional<int64_t> tree_size(const std::string& folder, int64_t most);

/// Removes a folder with all it holds, however deep it is. Nobody else may be changing it. One that is not there is no
/// error. Errors: kInternal, saying in `detail` what is in the way.
[[nodiscard]] Result<void> remove_tree(const std::string& folder);

}   // namespace capid::base

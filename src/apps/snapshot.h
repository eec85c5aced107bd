// SPDX-License-Identifier: Apache-2.0
// Snapshots: a copy of an app's folder that never changes, named by the hash of its content.
#pragma once

#include <string>

#include "base/result.h"

namespace capid::apps {

/// The SHA-256 over every entry of a folder: its path, kind, run bit and content. Folders, regular files and symbolic
/// links only; at most 20,000 entries and 1 GiB. Errors: kAppDisabled, saying what is in the way.
[[nodiscard]] Result<std::string> hash_folder(const std::string& folder);

/// Copies `folder` to `<into>/<hash>`, durably, and returns the hash of the copy. Where that snapshot exists, nothing
/// is written. A folder that changes while it is copied gives a snapshot of what was copied, under that content's name.
[[nodiscard]] Result<std::string> take_snapshot(const std::string& folder, const std::string& into);

}   // namespace capid::apps

// SPDX-License-Identifier: Apache-2.0
// Which Landlock this kernel has: a second wall behind the mounts, and one that does not depend on them.
#pragma once

namespace capid::sandbox {

/// The first version under which files can still be moved between folders; an older one would break agents.
inline constexpr int kLeastLandlock = 2;

/// The version that this kernel offers; 0: none.
[[nodiscard]] int landlock_version();

}   // namespace capid::sandbox

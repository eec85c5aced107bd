// SPDX-License-Identifier: Apache-2.0
// The system calls that a sandboxed program may make: an allow-list, compiled once.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/result.h"

namespace capid::sandbox {

/// The filter as a BPF program. Everything that is not listed fails with EPERM; clone3 and numbers newer than the list
/// with ENOSYS, so that programs fall back; a foreign architecture's calls kill the process.
[[nodiscard]] Result<std::vector<sock_filter>> compile_filter();

}   // namespace capid::sandbox

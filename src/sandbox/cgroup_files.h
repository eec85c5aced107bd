// SPDX-License-Identifier: Apache-2.0
// Reading and writing the small files by which the kernel tells of a cgroup and is told its limits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace capid::sandbox {

/// Returns 0 or an errno.
int write_cgroup_file(const std::string& folder, const char* file, std::string_view value);

/// The file's text without its last newline; empty where it cannot be read.
[[nodiscard]] std::string read_cgroup_file(const std::string& folder, const char* file);

/// The number of a line `NAME NUMBER` in `text`; 0 where there is none.
[[nodiscard]] int64_t number_after(std::string_view text, std::string_view name);

}   // namespace capid::sandbox

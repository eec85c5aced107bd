// SPDX-License-Identifier: Apache-2.0
// Questions about absolute paths, answered from their text alone: the disk is not asked.
#pragma once

#include <string>
#include <string_view>

namespace capid::base {

/// What is_plain_path takes, for messages.
inline constexpr const char* kPlainPathForm =
    "an absolute path without \".\", \"..\", doubled slashes, a slash at its end or control characters";

/// Absolute, written in the one way that its parts allow, and of at most 1,000 bytes.
[[nodiscard]] bool is_plain_path(std::string_view path);

/// Whether `path` is `folder` or lies below it. Both plain.
[[nodiscard]] bool is_within(std::string_view path, std::string_view folder);

/// Whether one of two plain paths is within the other.
[[nodiscard]] bool overlap(std::string_view one, std::string_view other);

/// `path` as it can stand in a line of YAML: in quotes where it must be.
[[nodiscard]] std::string yaml_path(const std::string& path);

}   // namespace capid::base

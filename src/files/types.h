// SPDX-License-Identifier: Apache-2.0
// Which files are accepted, what type they have, and which names they keep. One list for the whole program.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace capid::files {

inline constexpr int64_t kMaxFileSize = 10 << 20;
inline constexpr size_t kMaxFilesPerRun = 10;

/// The lower-case extension of a file name, without the dot; empty where there is none.
[[nodiscard]] std::string extension_of(std::string_view name);

/// The media type that an accepted extension stands for, or nothing.
[[nodiscard]] std::optional<std::string_view> type_of_extension(std::string_view extension);

/// Every accepted extension, in the list's order.
[[nodiscard]] std::vector<std::string> accepted_extensions();

/// The media type of an attachment called `name` that begins with `head`. Errors: kUnsupportedFileType for an extension
/// that is not accepted, or a signature that contradicts it. What the client says of the type is never looked at.
[[nodiscard]] Result<std::string> type_of_attachment(std::string_view name, std::string_view head);

/// The media type of any file: by extension, then by content, else application/octet-stream.
[[nodiscard]] std::string type_of_artifact(std::string_view name, std::string_view head);

/// A file name that is safe in a folder and unlike any in `taken`: kept as it is where it can be.
[[nodiscard]] std::string safe_name(std::string_view name, const std::set<std::string>& taken);

}   // namespace capid::files

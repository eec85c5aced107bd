// SPDX-License-Identifier: Apache-2.0
// What an app promises of its result: JSON that satisfies a JSON Schema (draft 7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace capid::apps {

/// Why this is no schema that results can be held against, for people.
[[nodiscard]] std::optional<std::string> schema_problem(const Json& schema);

/// Why a result does not satisfy the schema, for people and for models; at most 2 KiB. Nothing where it does. A hostile result can
/// make this take any time and any memory, or end the program: only where that may be, as in a sandbox.
[[nodiscard]] std::optional<std::string> schema_mismatch(const Json& schema, std::string_view text);

}   // namespace capid::apps

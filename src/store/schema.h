// SPDX-License-Identifier: Apache-2.0
// The schema, as the steps that led to it. A step that was released is never changed: the next one changes what it made.
#pragma once

#include <span>

namespace capid::store {

/// Scripts; the nth brings a database of schema n - 1 to schema n.
[[nodiscard]] std::span<const char* const> migrations();

}   // namespace capid::store

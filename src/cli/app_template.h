// SPDX-License-Identifier: Apache-2.0
// What `capid apps new` writes.
#pragma once

#include <string>

namespace capid::cli {

/// The manifest of a prompt app that works as it is, with every key that one may want explained.
[[nodiscard]] std::string app_template(const std::string& name);

}   // namespace capid::cli

// SPDX-License-Identifier: Apache-2.0
// What stands behind the question mark, checked: known names, each at most once, whole numbers within bounds.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

#include "http/message.h"

namespace capid::http {

/// Errors: kUnknownField, with the nearest name, for a parameter that is not among `known` (one that begins with `prefix`
/// is); kInvalidParameter for one that is sent twice or is not UTF-8 text.
[[nodiscard]] Result<void> check_params(const Request& request, std::initializer_list<const char*> known,
                                        const std::string& prefix = "");

/// A parameter's text, or nothing where it is not there.
[[nodiscard]] std::optional<std::string> text_param(const Request& request, const std::string& name);

struct Bounds {
  int64_t otherwise;   ///< where the parameter is not there
  int64_t least;
  int64_t most;
  bool clamp = false;   ///< more than `most` is taken for `most`, rather than refused
};

/// Errors: kInvalidParameter for anything but a whole number within the bounds.
[[nodiscard]] Result<int64_t> number_param(const Request& request, const std::string& name, const Bounds& bounds);

}   // namespace capid::http

// SPDX-License-Identifier: Apache-2.0
// What it usually means when a step of a sandbox's set-up fails on a host, and what to do about it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "doctor/item.h"

namespace capid::doctor {

/// An error that names the step, its errno, the usual cause where one is known, and its cure.
[[nodiscard]] Answer explain_failed_step(std::string_view step, int error);

/// The steps that have usual causes; a name with a dot at its end stands for all that begin so. For a test.
[[nodiscard]] std::vector<std::string_view> steps_with_causes();

}   // namespace capid::doctor

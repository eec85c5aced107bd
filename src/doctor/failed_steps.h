// SPDX-License-Identifier: Apache-2.0
// What it usually means when a step of a sandbox's set-up fails on a host, and what to do about it.
#pragma once

#include <string>
#include <string_view>

#include "doctor/item.h"

namespace capid::doctor {

/// An error that names the step, its errno, the usual cause where one is known, and its cure.
[[nodiscard]] Answer explain_failed_step(std::string_view step, int error);

}   // namespace capid::doctor

// SPDX-License-Identifier: Apache-2.0
// CHECK: what must hold, or the program has a bug and ends. Never for bad input.
#pragma once

namespace capid::base {

/// Writes the place and the condition to stderr and aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}   // namespace capid::base

#define CHECK(condition) ((condition) ? void() : ::capid::base::check_failed(#condition, __FILE__, __LINE__))

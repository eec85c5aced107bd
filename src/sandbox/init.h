// SPDX-License-Identifier: Apache-2.0
// What runs inside: the set-up, then a minimal init as pid 1, and the payload as pid 2.
#pragma once

#include "sandbox/plan.h"

namespace capid::sandbox {

/// The whole life of the cloned child. Takes the steps in order, starts the payload, reaps, and ends with it: when pid
/// 1 goes, the kernel kills everything else in here. Descriptors 3 to 6 are those of steps.h.
[[noreturn]] void run_child(const Plan& plan);

}   // namespace capid::sandbox

// SPDX-License-Identifier: Apache-2.0
// What runs inside: the set-up, then a minimal init as pid 1, and the payload as pid 2.
#pragma once

#include "sandbox/plan.h"
#include "sandbox/steps.h"

namespace capid::sandbox {

/// The whole life of the cloned child. Takes the common steps, waits for its orders, takes the run's steps, starts the
/// payload, reaps, and ends with it: when pid 1 goes, the kernel kills everything else in here. It starts with the
/// descriptors kParent and kOrders of steps.h, and ends where the orders' other end is closed. `cgroup` is what it must enter
/// itself, null where it began there. The fork server has one thread, so this may allocate.
[[noreturn]] void run_child(const SystemView& system, const RunCgroup* cgroup, const StepFaults& faults);

}   // namespace capid::sandbox

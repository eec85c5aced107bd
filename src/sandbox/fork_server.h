// SPDX-License-Identifier: Apache-2.0
// The fork server: a small process of one thread, started before the server has any other, that makes the sandboxes.
// Forking from it is cheap, and nothing that the server holds (keys, connections, memory) is in it.
#pragma once

#include "sandbox/cgroup_tree.h"
#include "sandbox/steps.h"

namespace capid::sandbox {

/// The descriptor on which it is given its socket.
inline constexpr int kForkServerSocket = 3;

/// Serves requests until the server's end of the socket is closed, then exits; every run dies with it. Refuses to run
/// as root.
[[noreturn]] void run_fork_server(const CgroupTree& cgroups, const StepFaults& faults = {});

}   // namespace capid::sandbox

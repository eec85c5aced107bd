// SPDX-License-Identifier: Apache-2.0
// A real sandbox, made by a real fork server: the one question that no setting answers.
#pragma once

#include "doctor/host.h"

namespace capid::doctor {

/// Runs a shell in a sandbox, as the user that this process is, and looks for kUsualPrograms inside. In a process of its own,
/// since a fork server's end takes its server with it. Call it while this process has one thread.
[[nodiscard]] Trial try_sandbox(const sandbox::CgroupTree& cgroups);

}   // namespace capid::doctor

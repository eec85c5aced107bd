// SPDX-License-Identifier: Apache-2.0
// Whether this host gives all that a sandbox can have, and whether one can be made at all.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/cgroup_tree.h"
#include "sandbox/sandbox.h"

namespace capid::sandbox {

/// A sentence for each protection that runs here go without, with what the operator can do about it. Empty: none.
[[nodiscard]] std::vector<std::string> missing_protection(const CgroupTree& cgroups);

/// Runs a program in a sandbox that holds the system alone, and waits for its end, ten seconds at most. The loop must be
/// running.
[[nodiscard]] Outcome try_out(Sandbox& sandbox, std::vector<std::string> argv);

/// The same with what else a run may have.
[[nodiscard]] Outcome try_out(Sandbox& sandbox, Spec spec);

/// Runs `/bin/true` in a sandbox and waits for its end, ten seconds at most. The loop must be running. Errors:
/// kSandboxSetupFailed, whose message names the step that failed.
[[nodiscard]] Result<void> self_test(Sandbox& sandbox);

}   // namespace capid::sandbox

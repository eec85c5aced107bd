// SPDX-License-Identifier: Apache-2.0
// This very program, run inside a sandbox.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/spec.h"

namespace capid::runs {

/// This program's file, as this user can reach it: itself, else a copy that is made in `folder`.
[[nodiscard]] Result<std::string> reachable_program(const std::string& folder);

/// Has the sandbox run it with these arguments.
void show_program(const std::string& program, std::vector<std::string> arguments, sandbox::Spec& spec);

}   // namespace capid::runs

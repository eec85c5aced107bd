// SPDX-License-Identifier: Apache-2.0
// The doctor, asked by a running server: in a process of its own, since it takes the rights and the threads of a fresh one.
#pragma once

#include <string>

#include "base/result.h"
#include "sandbox/cgroup_tree.h"

namespace capid::server {

/// What `capid doctor --json` says, as text. Takes a second or two; one at a time. Errors: kInternal where it did not come to its
/// end within 20 s. `cgroups` are the server's: no other process could find them.
[[nodiscard]] Result<std::string> examine_host(const std::string& config_file, const std::string& data,
                                               const sandbox::CgroupTree& cgroups);

}   // namespace capid::server

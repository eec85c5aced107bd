// SPDX-License-Identifier: Apache-2.0
// Which paths of the host an app may see, and where they really lead.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace capid::apps {

/// The operator's word. Even where `allow` holds "/", an app sees neither the kernel's own folders (/proc, /sys, /dev) nor
/// what capid keeps.
struct HostRules {
  std::vector<std::string> allow;   ///< plain paths: what lies in them may be seen
  std::string own;                  ///< capid's data folder; empty: unknown
};

/// Where `path` leads, with every link resolved: what is to be mounted. Errors: kAppDisabled where it may not be seen,
/// with the very line for the config; kSandboxSetupFailed where it is not there or capid's user cannot get to it, and
/// where it is neither folder nor file. Whoever may write in the allowed folders on the host could put another link there
/// afterwards: whoever mounts the path must follow none.
[[nodiscard]] Result<std::string> resolve_host_path(const std::string& path, const HostRules& rules);

}   // namespace capid::apps

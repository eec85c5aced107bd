// SPDX-License-Identifier: Apache-2.0
// What a run sees of the host beside the system: its app's mounts and rootfs, checked again just before its launch.
#pragma once

#include <string>
#include <vector>

#include "apps/manifest.h"
#include "sandbox/spec.h"

namespace capid::runs {

struct HostView {
  std::vector<sandbox::Mount>
      mounts;           ///< with the paths that the manifest's really lead to; no link is followed any more
  std::string rootfs;   ///< likewise; empty: the host's own system
};

/// Errors: kSandboxSetupFailed, with words for people, where a path is not there or is not allowed (any more).
[[nodiscard]] Result<HostView> host_view(const apps::Manifest& manifest, const apps::HostRules& rules);

}   // namespace capid::runs

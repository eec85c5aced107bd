// SPDX-License-Identifier: Apache-2.0
// The parts of a manifest that let an agent see more of the host: `mounts` and `rootfs`.
#pragma once

#include "apps/manifest.h"
#include "base/yaml.h"

namespace capid::apps {

/// Whether a mount cannot be at `at`, since every sandbox has something of its own there, above or below.
[[nodiscard]] bool is_taken(std::string_view at);

/// Reads both keys; with `rules`, whether the operator allows them. That a path is not there is no problem yet: it may be
/// there when a run starts.
void read_host_paths(base::YamlMap& root, const HostRules* rules, Manifest& manifest);

}   // namespace capid::apps

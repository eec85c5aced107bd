// SPDX-License-Identifier: Apache-2.0
// The secrets that one run is given, opened just before its launch.
#pragma once

#include <string>
#include <vector>

#include "apps/manifest.h"
#include "secrets/secrets.h"
#include "store/readers.h"

namespace capid::runs {

struct OpenSecret {
  apps::SecretUse use;
  base::SecretText value;   ///< wiped when this goes
};

/// The secrets that the app names, in its order, as they are at this moment: read anew for every run. Errors:
/// kSandboxSetupFailed, with words for people, where one is not set, does not fit into a header that it is to stand in,
/// or where those for variables are larger than 48 KiB together.
[[nodiscard]] Result<std::vector<OpenSecret>> open_secrets(const apps::Manifest& manifest,
                                                           const secrets::Secrets& secrets, store::Readers& readers);

}   // namespace capid::runs

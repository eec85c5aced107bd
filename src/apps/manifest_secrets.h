// SPDX-License-Identifier: Apache-2.0
// The part of a manifest that says which of the operator's secrets an app is given, and how.
#pragma once

#include "apps/manifest.h"
#include "apps/manifest_names.h"
#include "base/yaml.h"

namespace capid::apps {

/// Reads `secrets`. `variables` are those that the manifest sets elsewhere; more are added.
void read_secrets(base::YamlMap& root, Variables& variables, std::vector<SecretUse>& out);

}   // namespace capid::apps

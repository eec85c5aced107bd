// SPDX-License-Identifier: Apache-2.0
// The part of a manifest that says what is run: a command, or a prompt for the built-in agent.
#pragma once

#include "apps/manifest.h"
#include "base/yaml.h"

namespace capid::apps {

/// Reads `agent` and `output_schema`; the inputs have been read.
void read_agent(base::YamlMap& root, Manifest& manifest);

}   // namespace capid::apps

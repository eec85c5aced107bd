// SPDX-License-Identifier: Apache-2.0
// The manifest's `network`: what of the network the app's agents may reach.
#pragma once

#include <vector>

#include "base/yaml.h"
#include "net/allowed_host.h"

namespace capid::apps {

/// network: {allow: [HOST:PORT, "*.SUFFIX", ...]}, at most 256 entries; see net::parse_allowed_host for their forms. What is
/// wrong is added to the map's problems.
void read_network(base::YamlMap& root, std::vector<net::AllowedHost>& allow);

}   // namespace capid::apps

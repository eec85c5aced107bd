// SPDX-License-Identifier: Apache-2.0
// What a run sees of the network: its listeners, the variables that lead programs to them, and what stands behind each.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apps/manifest.h"
#include "base/fd.h"
#include "egress/egress.h"
#include "runs/launch_secrets.h"
#include "sandbox/spec.h"

namespace capid::runs {

/// Nothing of it where the app may reach nothing.
struct Network {
  std::vector<uint16_t> ports;       ///< on 127.0.0.1, inside
  std::vector<egress::Site> sites;   ///< in the order of the ports, of which the gateway's is the last
  std::vector<std::pair<std::string, std::string>> env;
};

/// A proxy where `network.allow` names hosts, and a base URL for each secret that is to be injected. The value of that goes
/// into its site and nowhere else.
[[nodiscard]] Network network_for(const apps::Manifest& manifest, const std::vector<OpenSecret>& secrets);

/// A last listener, for the gateway, and what tells clients of the usual protocols to go there. The token is worth nothing.
/// `model` may be empty.
void add_gateway(Network& network, const std::string& run, const std::string& model);

/// Has the sandbox listen, and the agent told; a variable that the app sets itself stays as it is.
void add_network(const Network& network, sandbox::Spec& spec);

/// Each site behind its listener.
[[nodiscard]] std::vector<egress::Door> doors_of(std::vector<egress::Site> sites, std::vector<base::Fd> listeners);

}   // namespace capid::runs

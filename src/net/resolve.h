// SPDX-License-Identifier: Apache-2.0
// A host's name to addresses, without the name service switch, which a static program lacks.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace capid::net {

/// The addresses of `host`, best first: of a numeric address itself, of `localhost` the loopback's; of any other name
/// what /etc/hosts and the name servers of /etc/resolv.conf say. Errors: kInternal where there are none within `most`.
[[nodiscard]] Result<std::vector<std::string>> resolve(const std::string& host, std::chrono::milliseconds most);

}   // namespace capid::net

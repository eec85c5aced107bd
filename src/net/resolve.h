// SPDX-License-Identifier: Apache-2.0
// A host's name to addresses, for a thread that may wait.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/lookup.h"

namespace capid::net {

/// What lookup() finds, waited for on the calling thread.
[[nodiscard]] Found resolve_host(const std::string& host, std::chrono::milliseconds most);

/// The addresses alone. Errors: kInternal where there are none within `most`.
[[nodiscard]] Result<std::vector<std::string>> resolve(const std::string& host, std::chrono::milliseconds most);

}   // namespace capid::net

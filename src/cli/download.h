// SPDX-License-Identifier: Apache-2.0
// A run's artifacts to a folder: nothing outside of it is ever written, and nothing half.
#pragma once

#include <string>

#include "cli/api_client.h"

namespace capid::cli {

/// Writes every artifact of the run into `folder`, which is made where it is missing, below the path that its title is.
/// What is there under that name is replaced. Goes on after an artifact that cannot be kept, and tells of each on
/// stderr. Errors: kInternal where one could not be kept; as ApiClient's where there is no list.
[[nodiscard]] Result<void> download_artifacts(ApiClient& api, const std::string& run, const std::string& folder);

/// The parts of an artifact's path. Errors: kInvalidParameter for one that is absolute, that leads upwards, or that
/// no file can have.
[[nodiscard]] Result<std::vector<std::string>> path_parts(const std::string& title);

}   // namespace capid::cli

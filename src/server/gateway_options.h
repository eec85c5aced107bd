// SPDX-License-Identifier: Apache-2.0
// The config's providers, models and prices as the gateway and the runs take them.
#pragma once

#include "config/config.h"
#include "gateway/gateway.h"
#include "runs/outlets.h"
#include "server/data_folder.h"

namespace capid::server {

[[nodiscard]] credits::Prices prices_of(const config::Credits& config);

/// What runs are given of the models. Where this program cannot be shown to sandboxes, the log says so.
[[nodiscard]] runs::Outlets::Options outlet_options(const config::Config& config, const DataFolder& folder);

/// Errors: kInvalidParameter where a base_url cannot be read.
[[nodiscard]] Result<gateway::Gateway::Options> gateway_options(const config::Config& config);

}   // namespace capid::server

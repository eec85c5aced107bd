// SPDX-License-Identifier: Apache-2.0
// The config's providers, models and prices as the gateway takes them.
#pragma once

#include "config/config.h"
#include "gateway/gateway.h"

namespace capid::server {

[[nodiscard]] credits::Prices prices_of(const config::Credits& config);

/// Errors: kInvalidParameter where a provider's base_url cannot be read.
[[nodiscard]] Result<gateway::Gateway::Options> gateway_options(const config::Config& config);

}   // namespace capid::server

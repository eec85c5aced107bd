// SPDX-License-Identifier: Apache-2.0
// The config as the parts of the server take it. Of models and providers: gateway_options.
#pragma once

#include "config/config.h"
#include "http/server.h"
#include "runs/retention.h"
#include "runs/submit.h"
#include "server/data_folder.h"
#include "webhooks/outbox.h"

namespace capid::server {

/// Takes a quarter of the descriptors that this process may have.
[[nodiscard]] webhooks::Outbox::Options outbox_options(const config::Webhooks& config, const std::string& node);

[[nodiscard]] runs::Submit::Options submit_options(const config::Config& config);

[[nodiscard]] runs::Retention::Options retention_options(const config::Retention& config);

/// With TLS there is one more socket for local commands, which know no name that the certificate is for. Errors: kInvalidParameter
/// where the certificate cannot be used.
[[nodiscard]] Result<http::Server::Options> http_options(const config::Config& config, const DataFolder& folder);

}   // namespace capid::server

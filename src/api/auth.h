// SPDX-License-Identifier: Apache-2.0
// Who calls: from the Authorization header to a grant, and what a grant may reach.
#pragma once

#include <string>

#include "http/message.h"
#include "keys/keys.h"

namespace capid::api {

/// Errors: kInvalidApiKey.
[[nodiscard]] Result<keys::Grant> authenticate(keys::Verifier& verifier, const http::Request& request);

/// Errors: kAppScopeRestricted, before anything is looked up.
[[nodiscard]] Result<void> check_scope(const keys::Grant& grant, const std::string& app);

}   // namespace capid::api

// SPDX-License-Identifier: Apache-2.0
// Which runs a list is asked for: from the parameters of its address to a filter.
#pragma once

#include "http/message.h"
#include "keys/keys.h"
#include "store/run_lists.h"

namespace capid::api {

/// The parameters `status` and `before`, where they are there. Errors: kInvalidParameter.
[[nodiscard]] Result<std::optional<store::RunStatus>> status_param(const http::Request& request);
[[nodiscard]] Result<std::optional<std::string>> before_param(const http::Request& request);

/// The account is the caller's; the app is the one in the address, else that of a key of one app. Errors: kUnknownField,
/// kInvalidParameter.
[[nodiscard]] Result<store::RunFilter> read_run_filter(const http::Request& request, const keys::Grant& grant);

}   // namespace capid::api

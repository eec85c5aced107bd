// SPDX-License-Identifier: Apache-2.0
// Which runs a list is asked for: from the parameters of its address to a filter.
#pragma once

#include "api/http.h"
#include "keys/keys.h"
#include "store/run_lists.h"

namespace capid::api {

/// The account is the caller's; the app is the one in the address, else that of a key of one app. Errors: kUnknownField,
/// kInvalidParameter.
[[nodiscard]] Result<store::RunFilter> read_run_filter(const Request& request, const keys::Grant& grant);

}   // namespace capid::api

// SPDX-License-Identifier: Apache-2.0
// From an address to the run or thread that it means, for a caller who may see it.
#pragma once

#include <string>

#include "http/message.h"
#include "keys/keys.h"
#include "store/runs.h"
#include "store/threads.h"

namespace capid::api {

/// The app in the address, or an empty text.
[[nodiscard]] std::string url_app(const http::Request& request);

/// Whether the caller may see a run of `account` and `app` at this address. Another account's is not there at all; another
/// app's, for a key of one app, is there and out of reach. Errors: kRunNotFound, kAppScopeRestricted.
[[nodiscard]] Result<void> check_reach(const http::Request& request, const keys::Grant& grant,
                                       const std::string& account, const std::string& app);

/// The run that :runId means. Errors: as check_reach.
[[nodiscard]] Result<store::Run> find_run(store::Database& database, const http::Request& request,
                                          const keys::Grant& grant);

/// The thread that :threadId means. Errors: kThreadNotFound, kAppScopeRestricted.
[[nodiscard]] Result<store::Thread> find_thread(store::Database& database, const http::Request& request,
                                                const keys::Grant& grant);

}   // namespace capid::api

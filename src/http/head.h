// SPDX-License-Identifier: Apache-2.0
// A request's head, where the HTTP library does not take it as RFC 9110 and 9112 say. Included by .cc files of this
// folder only.
#pragma once

#include <optional>

#include "base/result.h"
#include "net/httplib.h"

namespace capid::http {

/// Called once the head is read, before anything acts on it. "Connection: Close, x" becomes "close"; an address in
/// absolute form becomes its path, and its authority the Host; an Upgrade is never followed; a client of HTTP/1.0 is told
/// nothing before its answer.
void settle_head(httplib::Request& request);

/// kInvalidParameter where HTTP/1.1 says nothing of a Host, or anything says it twice or says something else.
[[nodiscard]] std::optional<Error> check_host(const httplib::Request& request);

}   // namespace capid::http

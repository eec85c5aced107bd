// SPDX-License-Identifier: Apache-2.0
// The one error shape, and the one place that knows which code has which HTTP status.
#pragma once

#include "base/error.h"
#include "http/message.h"

namespace capid::http {

[[nodiscard]] int status_of(Code code);

/// `{"error":{"code","message","field"?,"details"?}}`, with the headers that belong to the code.
[[nodiscard]] Response error_response(const Error& error);

/// The same for a request that failed: what is capid's own fault goes into the log as well.
[[nodiscard]] Response failure_response(const Error& error, const std::string& request_id);

/// For an answer that the HTTP library gives by itself, such as 414: the nearest code of the contract.
[[nodiscard]] Response error_response_for_status(int status);

}   // namespace capid::http

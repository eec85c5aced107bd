// SPDX-License-Identifier: Apache-2.0
// What every answer bears, and the answers that the HTTP library does not write.
#pragma once

#include <string>

#include "base/result.h"

namespace capid::http {

/// For X-Request-Id: unlike any other in this log, and any of another start. A name, not a secret.
[[nodiscard]] std::string new_request_id();

/// For Date, as RFC 9110 wants it (5.6.7); the page tells by it how far a browser's clock is off.
[[nodiscard]] std::string http_date();

/// A whole answer with this error, as the bytes that go over the wire. It says that it is the last on its connection.
[[nodiscard]] std::string last_answer(const Error& error);

}   // namespace capid::http

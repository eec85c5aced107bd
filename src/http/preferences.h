// SPDX-License-Identifier: Apache-2.0
// The headers by which a client says how it would like to be served.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.h"

namespace capid::http {

/// `wait` of a Prefer header (RFC 7240), at most a minute. Nothing where it is not there or not understood: a preference
/// that cannot be met is ignored.
[[nodiscard]] std::optional<std::chrono::seconds> preferred_wait(const std::string& prefer);

/// An Idempotency-Key: a structured-field string in quotes, or the same bare. Errors: kInvalidParameter for one that is
/// empty, longer than 255 characters, or holds anything but printable ASCII.
[[nodiscard]] Result<std::string> parse_idempotency_key(const std::string& header);

/// Whether an Accept header asks for JSON rather than for a stream of events.
[[nodiscard]] bool wants_json(const std::string& accept);

}   // namespace capid::http

// SPDX-License-Identifier: Apache-2.0
// How a request's body is framed, decided once, before anything of it is read. Included by .cc files of this folder
// only.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "http/connection.h"

namespace capid::http {

/// The largest body that is read: ten files of 10 MiB, and the form around them.
inline constexpr int64_t kMaxBody = int64_t{101} << 20;

/// Called between the head and the body. A body whose framing is refused is not read at all: the request goes on as one
/// without a body, check_framing tells the guard of it, and the connection must be closed. Returns whether it may go
/// on. The Content-Type is put where only content_type_of finds it.
[[nodiscard]] bool set_framing(httplib::Request& request, Connection& connection);

/// kLengthRequired, kPayloadTooLarge, kUnsupportedMediaType or kInvalidParameter, or nothing.
[[nodiscard]] std::optional<Error> check_framing(const httplib::Request& request);

/// kInvalidParameter for control characters in the address or a header: the library percent-decodes both.
[[nodiscard]] std::optional<Error> check_characters(const httplib::Request& request);

[[nodiscard]] std::string content_type_of(const httplib::Request& request);

}   // namespace capid::http

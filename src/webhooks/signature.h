// SPDX-License-Identifier: Apache-2.0
// How a webhook is signed: the symmetric scheme of Standard Webhooks (standardwebhooks.com), version v1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace capid::webhooks {

/// A new secret: `whsec_` and the base64 of 32 random bytes.
[[nodiscard]] std::string new_secret();

/// `v1,` and the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`, for the header `webhook-signature`. `timestamp_s` is
/// seconds since 1970. Errors: kInternal for a secret that is not `whsec_` and the base64 of 24 to 64 bytes.
[[nodiscard]] Result<std::string> sign(std::string_view secret, std::string_view id, int64_t timestamp_s,
                                       std::string_view body);

}   // namespace capid::webhooks

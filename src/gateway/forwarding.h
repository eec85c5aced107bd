// SPDX-License-Identifier: Apache-2.0
// What of a request's and an answer's heads passes the gateway: what is named here, and nothing else.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "gateway/upstream.h"

namespace capid::gateway {

/// Of an agent's headers, those that a provider is sent; and that the body is JSON, and the answer shall not be compressed, since
/// both are read.
[[nodiscard]] std::vector<Header> forwarded_to_provider(const std::vector<Header>& headers);

/// Of a provider's, those that an agent is sent: nothing that tells whose account it is.
[[nodiscard]] std::vector<Header> forwarded_to_agent(const std::vector<Header>& headers);

/// How long the provider asks to wait before the next try; nothing where it does not say so in seconds.
[[nodiscard]] std::optional<std::chrono::milliseconds> asked_wait(const AnswerHead& head);

}   // namespace capid::gateway

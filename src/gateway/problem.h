// SPDX-License-Identifier: Apache-2.0
// What can go wrong with a call, in words for the agent and for the thread.
#pragma once

#include <string>

#include "base/result.h"

namespace capid::gateway {

/// The status with which an agent is told of it.
[[nodiscard]] int status_of(Code code);

[[nodiscard]] Error model_error(std::string message);

/// The run has no model that could be asked.
[[nodiscard]] Error no_model();

/// The agent sent a body with a content coding.
[[nodiscard]] Error compressed();

/// What a provider says in an answer that is an error: every protocol has error.message.
[[nodiscard]] Error refusal_of(int status, const std::string& body);

/// A provider that does not take the credential may repeat a part of it, which is nothing for the agent.
[[nodiscard]] bool is_about_credential(int status);
[[nodiscard]] Error refused_credential(int status);

}   // namespace capid::gateway

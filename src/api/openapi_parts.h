// SPDX-License-Identifier: Apache-2.0
// What the OpenAPI document is put together from. For openapi.cc.
#pragma once

#include <span>
#include <vector>

#include "base/error.h"

namespace capid::api {

/// Whose an operation is: it needs the app in its address, a run or thread in it, or neither.
enum class Reach { kApp, kItem, kAccount, kOpen };

/// One call. `parameters`, `body` and `answers` are JSON texts; the errors' answers are made from the codes.
struct Operation {
  const char* method;   ///< in lower case
  const char* path;     ///< with {names}
  const char* id;
  Reach reach;
  const char* summary;
  const char* parameters;
  const char* body;      ///< empty: none
  const char* answers;   ///< by status
  std::vector<base::Code> errors;
};

[[nodiscard]] std::span<const Operation> operations();

/// Whether a code is an answer to the page alone, which this document does not describe.
[[nodiscard]] bool is_for_the_page(base::Code code);

/// `webhooks`: what is POSTed to a run's webhookUrl, as JSON text.
[[nodiscard]] const char* openapi_webhooks();

/// `components`: openapi_components.json, as it was built in. Every object in it is closed but the two whose keys are the
/// user's, `inputs` and `metadata`; the lists of codes are empty.
[[nodiscard]] const char* openapi_components();

}   // namespace capid::api

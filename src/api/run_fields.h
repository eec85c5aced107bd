// SPDX-License-Identifier: Apache-2.0
// The fields of a request for a run: what each may be, whether it comes as JSON or as a text part of a form.
#pragma once

#include <string>

#include "base/json.h"
#include "runs/submit.h"

namespace capid::api {

/// Errors: kUnknownField, with the nearest name.
[[nodiscard]] Result<void> check_field_name(const std::string& name);

/// Sets a field from a JSON value; null is as good as absent. Errors: those of check_field_name; kInvalidInput and
/// kInvalidParameter for a value of the wrong kind or out of its bounds.
[[nodiscard]] Result<void> set_field(runs::NewRun& run, const std::string& name, const Json& value);

/// Sets a field from a form's text: JSON for objects and lists, digits for numbers, the text itself for the rest. Errors:
/// as above, and kInvalidJson.
[[nodiscard]] Result<void> set_field_from_text(runs::NewRun& run, const std::string& name, const std::string& text);

}   // namespace capid::api

// SPDX-License-Identifier: Apache-2.0
// An app's inputs as JSON Schema (2020-12): for forms, for clients that check before they send, for OpenAPI.
#pragma once

#include "apps/manifest.h"

namespace capid::apps {

/// An object schema with a property for each input. Files have the format `binary`: they are sent as parts of a form,
/// never inside `inputs`; `with_files` says whether they are listed.
[[nodiscard]] OrderedJson input_schema(const Manifest& manifest, bool with_files);

/// The schema of one field.
[[nodiscard]] OrderedJson field_schema(const InputField& field);

}   // namespace capid::apps

// SPDX-License-Identifier: Apache-2.0
// Checks what a caller sends against an app's inputs, converts what reads exactly as the declared type, and binds
// files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/manifest.h"

namespace capid::apps {

/// A file that came with the request: `part` is the name of the form field it came in.
struct OfferedFile {
  std::string part;
  std::string name;
};

struct CheckedInputs {
  Json values;                                           ///< an object: every input but files, defaults filled in
  std::vector<std::optional<std::string>> file_inputs;   ///< for each offered file, the input it is bound to
};

/// One value of a field that is not a file. The error's message is the end of a sentence: "must be a whole number".
[[nodiscard]] Result<Json> check_value(const InputField& field, const Json& value);

/// Errors: one kInvalidInput or kUnknownField with a detail for each field at fault.
[[nodiscard]] Result<CheckedInputs> check_inputs(const Manifest& manifest, const Json& inputs,
                                                 const std::vector<OfferedFile>& files);

}   // namespace capid::apps

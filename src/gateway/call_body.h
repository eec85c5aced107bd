// SPDX-License-Identifier: Apache-2.0
// What an agent asks a model, changed in the two places that are capid's: which model, and that usage is told.
#pragma once

#include <string>

#include "base/result.h"
#include "gateway/protocol.h"

namespace capid::gateway {

struct CallBody {
  std::string text;

  /// The agent did not ask for the usage of a stream, and gets no event of it.
  bool usage_was_added = false;
};

/// `text` with `model` in the place of every model that it names at its top, and all else byte by byte as it was. Errors:
/// kInvalidJson where it is no JSON object, or one that no client sends; kInvalidParameter for an answer that would come later
/// (`background`), since nobody could tell then what it cost, or from another model (`models`, `fallbacks` and their kin), and
/// for a name outside ASCII, which a server could read as one of these.
[[nodiscard]] Result<CallBody> prepare_call(Protocol protocol, const std::string& text, const std::string& model);

}   // namespace capid::gateway

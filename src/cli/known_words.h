// SPDX-License-Identifier: Apache-2.0
// The words that only the data folder, the config or a server knows: ids of apps and runs, names of inputs, accounts and
// secrets. They are read where the command itself would look, and nothing is made or changed for it.
#pragma once

#include <string>
#include <vector>

#include "cli/line.h"
#include "cli/word_source.h"

namespace capid::cli {

/// What may stand for a value of that name (value_names.h), of that option, on that line; none where nothing can be
/// known. `begun` is the part that is there already, which need not begin all of them.
[[nodiscard]] std::vector<Word> known_words(const std::string& value_name, const std::string& option, const Line& line,
                                            const std::string& begun);

}   // namespace capid::cli

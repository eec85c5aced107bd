// SPDX-License-Identifier: Apache-2.0
// capid complete, which the shells' scripts call: what may stand where the cursor is.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace capid::cli {

/// Not for people, so no help names it.
inline constexpr const char* kCompleteArgument = "complete";

/// `words`: the shell's name, then what follows the program's name on the line, to the cursor, the last of them perhaps
/// empty. Of bash they come as they were typed, from other shells without their quotes.
///
/// Prints a line that says what else the shell is to offer (words: nothing, files or folders), then a line a word: the
/// whole word, a tab, and what it is. A word that ends with = wants more. Says nothing on stderr, makes nothing, changes
/// nothing, and ends within about a second, with what is known by then. Returns 0.
[[nodiscard]] int complete(const CLI::App& root, std::vector<std::string> words);

}   // namespace capid::cli

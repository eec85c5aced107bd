// SPDX-License-Identifier: Apache-2.0
// What a shell has to know to complete capid's words: how to ask `capid complete`, and how to offer what it says. Words
// reach the line quoted, whatever is in them.
#pragma once

namespace capid::cli {

extern const char* const kBashScript;   ///< bash 4.4 and later
extern const char* const kZshScript;    ///< zsh 5; also as a file _capid in fpath
extern const char* const kFishScript;   ///< fish 3

}   // namespace capid::cli

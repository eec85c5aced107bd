// SPDX-License-Identifier: Apache-2.0
// Reads what nobody shall see: a line typed without echo, or all of standard input where that is no terminal.
#pragma once

#include <string>

#include "base/crypto.h"

namespace capid::cli {

/// Standard input to its end; where it is a terminal, asks with `prompt` and reads one line that is not shown (and puts
/// the terminal back, also on Ctrl-C). The end of the last line is left out. Errors: kInvalidParameter for more than
/// `most` bytes, or for a line that a terminal cannot pass on whole.
[[nodiscard]] Result<base::SecretText> read_hidden(const std::string& prompt, size_t most);

/// Leaves one "\n" or "\r\n" at the end out.
void leave_out_line_end(base::SecretText& text);

}   // namespace capid::cli

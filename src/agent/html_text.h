// SPDX-License-Identifier: Apache-2.0
// A page as a model reads it.
#pragma once

#include <string>

namespace capid::agent {

/// The text of an HTML document: a line for each block, `#` before headings, `-` before items of lists, and after a link where
/// it leads. Scripts, styles and what is not shown are left out, and what follows the first 30,000 tags or the first MiB.
[[nodiscard]] std::string text_of_html(const std::string& html);

}   // namespace capid::agent

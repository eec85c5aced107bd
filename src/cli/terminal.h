// SPDX-License-Identifier: Apache-2.0
// How things look to people: colours where there is a terminal, tables, sizes and times; and no control characters of a
// stranger's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace capid::cli {

/// Text that an agent or a server made, for a terminal: control characters, which could move the cursor or change what
/// was written before, are left out; \r becomes a new line.
[[nodiscard]] std::string harmless(std::string_view text);

enum class Colour { kNone, kDim, kGreen, kRed, kYellow, kCyan };

/// `text` in a colour for stderr, or for another stream's descriptor, where that is a terminal and NO_COLOR is not set.
[[nodiscard]] std::string painted(const std::string& text, Colour colour);
[[nodiscard]] std::string painted(const std::string& text, Colour colour, int stream);

/// Writes data to stdout as it is; to a terminal, harmless and with a line's end. Ends the process where it cannot be
/// written; where its reader went away, as `head` does, does nothing from then on.
void print_data(const std::string& text);

/// Whether the reader of stdout went away.
[[nodiscard]] bool is_unread();

/// The same for JSON, set out in lines. `json` must have been parsed before: its order is kept.
void print_json(const std::string& json);
[[nodiscard]] std::string set_out(std::string_view json);

/// Columns as wide as what is in them, with two spaces between; a heading comes first.
void print_table(const std::vector<std::vector<std::string>>& rows);

[[nodiscard]] std::string size_text(int64_t bytes);                           ///< 12.3 KiB
[[nodiscard]] std::string time_text(double seconds);                          ///< 42 ms, 4.20 s, 3 m 05 s, 2 h 04 m
[[nodiscard]] std::string number_text(double number);                         ///< without zeros at its end
[[nodiscard]] std::string credits_text(double credits);                       ///< 1 credit, 2.5 credits
[[nodiscard]] std::string counted(int64_t number, const std::string& noun);   ///< 1 file, 2 files

/// A value of a JSON object; null where it is missing, or where `object` is none. Lives as long as the object.
[[nodiscard]] const Json& part_of(const Json& object, const std::string& name);

/// The same as text; empty where it is missing or null.
[[nodiscard]] std::string text_at(const Json& object, const std::string& name);
[[nodiscard]] double number_at(const Json& object, const std::string& name);

}   // namespace capid::cli

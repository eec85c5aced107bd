// SPDX-License-Identifier: Apache-2.0
// Small questions about text: is it UTF-8, which known name is nearest, which number does it spell.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace capid::base {

/// Bytes as text that JSON and SQL can hold: what is not UTF-8, and NUL, becomes U+FFFD.
[[nodiscard]] std::string to_utf8(std::string_view bytes);

[[nodiscard]] bool is_utf8(std::string_view bytes);

/// The candidate that differs least from `word` (at most a third of its letters), for "did you mean".
[[nodiscard]] std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// `; did you mean "NAME"?` or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// The number that `text` spells from its first to its last character; no spaces, no sign but '-'.
[[nodiscard]] std::optional<int64_t> to_integer(std::string_view text);
[[nodiscard]] std::optional<double> to_number(std::string_view text);

/// "90s", "10m", "2h", "30d", "250ms": milliseconds. The unit is required.
[[nodiscard]] std::optional<int64_t> to_duration_ms(std::string_view text);

/// "512MiB", "1GiB", "64KiB", "100B": bytes. The unit is required.
[[nodiscard]] std::optional<int64_t> to_bytes(std::string_view text);

/// "1.25": micro-credits, exactly; at most six decimals.
[[nodiscard]] std::optional<int64_t> to_micro(std::string_view text);

/// 1250000: "1.25"; and the number 1.25, as JSON has it: exact up to nine billion.
[[nodiscard]] std::string micro_to_text(int64_t micro);
[[nodiscard]] double micro_to_number(int64_t micro);

/// A part of a URL's query, as HTML forms write it: %41 is A, a plus is a space. What is no such code stays as it is.
[[nodiscard]] std::string percent_decoded(std::string_view text);

[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);

}   // namespace capid::base

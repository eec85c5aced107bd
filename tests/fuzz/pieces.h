// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share: an input that arrives in pieces, as from a network.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace capid::fuzz {

/// Ends the program, as a sanitizer's finding does: what a target promises does not hold.
inline void promise(bool holds) {
  if (!holds) __builtin_trap();
}

[[nodiscard]] inline std::string_view text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The first byte chooses; the rest is what is read. Seeds are text, so it is a digit or a letter there.
struct Chosen {
  unsigned choice = 0;
  std::string_view rest;
};
[[nodiscard]] inline Chosen chosen(const uint8_t* data, size_t size) {
  if (size == 0) return {};
  return {data[0], text_of(data + 1, size - 1)};
}

/// Gives `text` in pieces of 1 to 16 bytes, cut by the text itself, so that each input is always cut alike. Ends where `take` is false.
inline void in_pieces(std::string_view text, const std::function<bool(std::string_view)>& take) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = 1 + (static_cast<unsigned char>(text[at]) * 7 + at) % 16;
    if (!take(text.substr(at, length))) return;
    at += length;
  }
}

}   // namespace capid::fuzz

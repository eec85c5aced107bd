// SPDX-License-Identifier: Apache-2.0
#include "base/ids.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/crypto.h"

namespace capid::base {
namespace {

constexpr uint32_t kCounterEnd = 1 << 12;
constexpr size_t kUuidLength = 36;

bool is_dash_position(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

std::string format(uint64_t ms, uint32_t counter, const std::array<unsigned char, 8>& random) {
  std::array<unsigned char, 16> bytes{};
  for (size_t i = 0; i < 6; ++i) bytes[i] = static_cast<unsigned char>(ms >> (40 - 8 * i));
  bytes[6] = static_cast<unsigned char>(0x70 | (counter >> 8));
  bytes[7] = static_cast<unsigned char>(counter);
  std::copy(random.begin(), random.end(), bytes.begin() + 8);
  bytes[8] = static_cast<unsigned char>(0x80 | (bytes[8] & 0x3f));

  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(kUuidLength);
  for (const unsigned char byte : bytes) {
    if (is_dash_position(text.size())) text.push_back('-');
    text.push_back(kHex[byte >> 4]);
    text.push_back(kHex[byte & 15]);
  }
  return text;
}

}   // namespace

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidLength) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (is_dash_position(i) ? c != '-' : !hex) return false;
  }
  return true;
}

std::string first_id_at(TimeMs time) { return format(static_cast<uint64_t>(std::max<TimeMs>(time, 0)), 0, {}); }

void IdSequence::continue_after(std::string_view id) {
  if (!is_uuid(id)) return;
  const std::string digits = std::string(id.substr(0, 8)) + std::string(id.substr(9, 4));
  uint64_t ms = 0;
  uint32_t counter = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), ms, 16);
  std::from_chars(id.data() + 15, id.data() + 18, counter, 16);
  if (id[14] > '7') ++ms;   // of a version that sorts after ours
  if (ms > last_ms_ || (ms == last_ms_ && counter > counter_)) {
    last_ms_ = ms;
    counter_ = counter;
  }
}

std::string IdSequence::next() {
  const auto now = static_cast<uint64_t>(std::max<TimeMs>(clock_.now_ms(), 0));
  if (now > last_ms_) {
    last_ms_ = now;
    counter_ = 0;
  } else if (++counter_ == kCounterEnd) {
    ++last_ms_;
    counter_ = 0;
  }
  std::array<unsigned char, 8> random{};
  random_bytes(random);
  return format(last_ms_, counter_, random);
}

}   // namespace capid::base

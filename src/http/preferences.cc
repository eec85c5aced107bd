// SPDX-License-Identifier: Apache-2.0
#include "http/preferences.h"

#include <algorithm>

#include "base/text.h"

namespace capid::http {
namespace {

constexpr int64_t kMostWaitS = 60;
constexpr size_t kMostKeyLength = 255;

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Error not_a_key(const char* why) {
  return {Code::kInvalidParameter, std::string("Idempotency-Key ") + why, "Idempotency-Key"};
}

// RFC 8941, 3.3.3: a backslash may stand before a quote or a backslash.
Result<std::string> unquoted(const std::string& quoted) {
  std::string key;
  for (size_t i = 1; i < quoted.size(); ++i) {
    if (quoted[i] == '"' && i + 1 == quoted.size()) return key;
    if (quoted[i] == '"') break;
    if (quoted[i] == '\\' && (++i == quoted.size() || (quoted[i] != '"' && quoted[i] != '\\'))) break;
    key += quoted[i];
  }
  return not_a_key("has a quote that does not end where the value does, or a stray backslash");
}

}   // namespace

std::optional<std::chrono::seconds> preferred_wait(const std::string& prefer) {
  for (const std::string& one : base::split(prefer, ',')) {
    const std::string preference = base::to_lower(trimmed(one.substr(0, one.find(';'))));
    if (!preference.starts_with("wait=")) continue;
    const auto seconds = base::to_integer(preference.substr(5));
    if (!seconds || *seconds < 0) return std::nullopt;
    return std::chrono::seconds(std::min(*seconds, kMostWaitS));
  }
  return std::nullopt;
}

Result<std::string> parse_idempotency_key(const std::string& header) {
  std::string key = trimmed(header);
  if (key.starts_with('"')) key = TRY(unquoted(key));
  if (key.empty()) return not_a_key("is empty: leave it out, or send a new random one with each request");
  if (key.size() > kMostKeyLength) return not_a_key("is longer than 255 characters");
  const bool printable = std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
  if (!printable) return not_a_key("holds characters other than printable ASCII");
  return key;
}

bool wants_json(const std::string& accept) {
  const std::string types = base::to_lower(accept);
  return types.find("application/json") != std::string::npos && types.find("text/event-stream") == std::string::npos;
}

}   // namespace capid::http

// SPDX-License-Identifier: Apache-2.0
#include "gateway/forwarding.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/text.h"

namespace capid::gateway {
namespace {

// A name that ends with a star stands for all that begin so.
constexpr std::array<std::string_view, 5> kToProvider{"accept", "user-agent", "anthropic-beta", "anthropic-version",
                                                      "openai-beta"};
constexpr std::array<std::string_view, 8> kToAgent{"content-type",          "retry-after",  "retry-after-ms",
                                                   "x-should-retry",        "request-id",   "x-request-id",
                                                   "anthropic-ratelimit-*", "x-ratelimit-*"};

bool matches(std::string_view name, std::string_view pattern) {
  if (!pattern.ends_with('*')) return name == pattern;
  pattern.remove_suffix(1);
  return name.starts_with(pattern);
}

std::vector<Header> only(const std::vector<Header>& headers, std::span<const std::string_view> allowed) {
  std::vector<Header> kept;
  for (const Header& header : headers) {
    const std::string name = base::to_lower(header.name);
    if (std::any_of(allowed.begin(), allowed.end(), [&](auto pattern) { return matches(name, pattern); }))
      kept.push_back(header);
  }
  return kept;
}

}   // namespace

std::vector<Header> forwarded_to_provider(const std::vector<Header>& headers) {
  std::vector<Header> kept = only(headers, kToProvider);
  kept.push_back({"Content-Type", "application/json"});   // what the body was read as, and nothing else
  kept.push_back({"Accept-Encoding", "identity"});
  return kept;
}

std::vector<Header> forwarded_to_agent(const std::vector<Header>& headers) { return only(headers, kToAgent); }

std::optional<std::chrono::milliseconds> asked_wait(const AnswerHead& head) {
  if (const auto ms = base::to_integer(head.find("retry-after-ms")); ms && *ms >= 0)
    return std::chrono::milliseconds(*ms);
  const auto seconds = base::to_integer(head.find("retry-after"));
  constexpr int64_t kMost = 1'000'000;
  if (!seconds || *seconds < 0 || *seconds > kMost) return std::nullopt;
  return std::chrono::seconds(*seconds);
}

}   // namespace capid::gateway

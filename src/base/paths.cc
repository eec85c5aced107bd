// SPDX-License-Identifier: Apache-2.0
#include "base/paths.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace capid::base {

bool is_plain_path(std::string_view path) {
  constexpr size_t kLongest = 1'000;
  if (!path.starts_with('/') || path.size() > kLongest) return false;
  const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  if (std::any_of(path.begin(), path.end(), control)) return false;
  if (path == "/") return true;
  const auto parts = split(path.substr(1), '/');
  return std::none_of(parts.begin(), parts.end(),
                      [](const std::string& part) { return part.empty() || part == "." || part == ".."; });
}

bool is_within(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::string yaml_path(const std::string& path) {
  constexpr std::string_view kHarmless = "/._+-";
  const bool plain = std::all_of(path.begin(), path.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kHarmless.find(c) != std::string_view::npos;
  });
  return plain ? path : dump(Json(path));   // a string of JSON is one of YAML
}

bool overlap(std::string_view one, std::string_view other) { return is_within(one, other) || is_within(other, one); }

}   // namespace capid::base

// SPDX-License-Identifier: Apache-2.0
#include "apps/manifest_names.h"

#include <algorithm>

namespace capid::apps {

bool is_name(std::string_view text, std::string_view allowed_after_first) {
  constexpr size_t kMaxNameLength = 64;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && text.size() <= kMaxNameLength && letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return letter(c) || (c >= '0' && c <= '9') || allowed_after_first.find(c) != std::string_view::npos;
         });
}

void Variables::add(const std::string& name, const base::YamlValue& where) {
  if (!is_name(name, "")) where.problem("a variable's name is letters, digits and '_', beginning with a letter");
  if (name.starts_with("CAPI_")) where.problem("names that begin with CAPI_ are capid's own");
  if (!names_.insert(name).second) where.problem("the variable " + name + " is set twice");
}

}   // namespace capid::apps

// SPDX-License-Identifier: Apache-2.0
#include "admin/run_title.h"

#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace capid::admin {
namespace {

constexpr size_t kMost = 100;

// On one line.
std::string words_of(const Json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : base::dump(value);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return text;
}

std::string cut(std::string text) {
  if (text.size() <= kMost) return text;
  text.resize(kMost);
  while (!text.empty() && !base::is_utf8(text)) text.pop_back();
  return text + "…";
}

}   // namespace

std::string title_of(const std::string& inputs) {
  const auto parsed = base::parse_json(inputs);
  if (!parsed || !parsed->is_object()) return "";
  std::vector<std::pair<std::string, std::string>> said;
  for (const auto& [name, value] : parsed->items()) {
    if (!value.is_structured() && !value.is_null() && value != "") said.emplace_back(name, words_of(value));
  }
  if (said.size() == 1) return cut(said.front().second);
  std::vector<std::string> parts;
  for (const auto& [name, value] : said) parts.push_back(name + " " + value);
  return cut(base::join(parts, ", "));
}

}   // namespace capid::admin

// SPDX-License-Identifier: Apache-2.0
#include "cli/value_names.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.h"
#include "cli/terminal.h"

namespace capid::cli {

void takes_one_of(CLI::Option* option, const std::vector<std::string>& choices) {
  const auto fault = [choices](const std::string& word) {
    if (std::find(choices.begin(), choices.end(), word) != choices.end()) return std::string();
    return "\"" + harmless(word) + "\" is none of " + base::join(choices, ", ") + base::did_you_mean(word, choices);
  };
  option->type_name(base::join(choices, "|"))->check(fault, "");
}

std::vector<std::string> choices_in(const std::string& value_name) {
  return value_name.find('|') == std::string::npos ? std::vector<std::string>{} : base::split(value_name, '|');
}

}   // namespace capid::cli

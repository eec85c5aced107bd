// SPDX-License-Identifier: Apache-2.0
// A command line read along the tree of commands, as far as it goes: for what completes it, and for what says where it
// went wrong.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}   // namespace CLI

namespace capid::cli {

struct Line {
  const CLI::App* command = nullptr;           ///< the innermost that is named
  std::vector<std::string> arguments;          ///< what stands beside its options
  std::map<std::string, std::string> values;   ///< the last value of each option, by its long name without dashes
  std::set<const CLI::Option*> used;
  const CLI::Option* waiting = nullptr;   ///< an option whose value would be the next word
  bool options_over = false;              ///< `--` was there
  std::string unknown;                    ///< the first command, or option, that `command` does not have
};

/// `words` are what follows the program's name.
[[nodiscard]] Line read_line(const CLI::App& root, std::span<const std::string> words);

/// How a command is called: "capid runs list".
[[nodiscard]] std::string call_of(const CLI::App& command);

/// The commands that a command has, in their order, without those that are not for people.
[[nodiscard]] std::vector<const CLI::App*> commands_of(const CLI::App& command);

/// The names of an option with their dashes: "-f", "--file".
[[nodiscard]] std::vector<std::string> names_of(const CLI::Option& option);

/// Whether a value belongs to the option, rather than that it stands for itself.
[[nodiscard]] bool takes_value(const CLI::Option& option);

/// Which word there is no command or option for, or which command is missing, with the nearest name. Nothing: the line
/// has no such fault.
[[nodiscard]] std::optional<std::string> fault_of(const Line& line);

}   // namespace capid::cli

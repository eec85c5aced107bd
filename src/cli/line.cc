// SPDX-License-Identifier: Apache-2.0
#include "cli/line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.h"
#include "cli/terminal.h"

namespace capid::cli {
namespace {

const CLI::Option* find_option(const CLI::App& command, const std::string& name) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->nonpositional() && option->check_name(name)) return option;
  }
  return nullptr;
}

const CLI::App* find_command(const CLI::App& command, const std::string& name) {
  for (const CLI::App* each : commands_of(command)) {
    if (each->get_name() == name) return each;
  }
  return nullptr;
}

// As the parser has it: -10 is a number, and - stands for standard input.
bool looks_like_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && (word[1] < '0' || word[1] > '9');
}

void take_value(Line& line, const CLI::Option& option, const std::string& value) {
  line.values[option.get_single_name()] = value;
}

// -f FILE, -fFILE, --file FILE, --file=FILE, and flags.
void read_option(Line& line, const std::string& word) {
  const bool is_long = word.starts_with("--");
  const size_t end = is_long ? word.find('=') : 2;
  const CLI::Option* option = find_option(*line.command, word.substr(0, end));
  if (!option) {
    line.unknown = word.substr(0, end);
    return;
  }
  line.used.insert(option);
  const bool has_value = end < word.size();
  if (has_value) take_value(line, *option, word.substr(is_long ? end + 1 : end));
  if (!has_value && takes_value(*option)) line.waiting = option;
}

void read_word(Line& line, const std::string& word) {
  const bool takes_command = !commands_of(*line.command).empty();
  if (line.waiting) {
    take_value(line, *std::exchange(line.waiting, nullptr), word);
  } else if (line.options_over) {
    line.arguments.push_back(word);
  } else if (word == "--") {
    line.options_over = true;
  } else if (looks_like_option(word)) {
    read_option(line, word);
  } else if (!takes_command) {
    line.arguments.push_back(word);
  } else if (const CLI::App* command = find_command(*line.command, word)) {
    line.command = command;
  } else {
    line.unknown = word;
  }
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (std::string& name : names_of(*option)) names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* each : commands_of(command)) names.push_back(each->get_name());
  return names;
}

}   // namespace

Line read_line(const CLI::App& root, std::span<const std::string> words) {
  Line line{.command = &root};
  for (const std::string& word : words) {
    if (!line.unknown.empty()) break;
    read_word(line, word);
  }
  return line;
}

std::string call_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return (parent ? call_of(*parent) + " " : "") + command.get_name();
}

std::vector<const CLI::App*> commands_of(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); });
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::optional<std::string> fault_of(const Line& line) {
  const std::string call = call_of(*line.command);
  const auto commands = command_names(*line.command);
  if (line.unknown.starts_with('-'))
    return call + " has no option \"" + harmless(line.unknown) + "\"" +
           base::did_you_mean(line.unknown, option_names(*line.command));
  if (!line.unknown.empty())
    return (line.command->get_parent() ? call + " has no command" : "there is no command") + " \"" +
           harmless(line.unknown) + "\"" + base::did_you_mean(line.unknown, commands);
  if (!commands.empty()) return call + " takes a command: " + base::join(commands, ", ");
  return std::nullopt;
}

}   // namespace capid::cli

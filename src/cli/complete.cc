// SPDX-License-Identifier: Apache-2.0
#include "cli/complete.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/known_words.h"
#include "cli/line.h"
#include "cli/terminal.h"
#include "cli/value_names.h"

namespace capid::cli {
namespace {

constexpr suseconds_t kPatienceUs = 900'000;
constexpr size_t kMostAbout = 60;

// Whoever presses Tab wants words, soon, and nothing else.
void be_quiet_and_quick() {
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(nowhere, STDERR_FILENO);
  ::dup2(nowhere, STDIN_FILENO);
  ::signal(SIGALRM, [](int) { ::_exit(kDone); });
  const itimerval patience{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = kPatienceUs}};
  ::setitimer(ITIMER_REAL, &patience, nullptr);
}

// A word as bash has it on its line: 'a b' and a\ b are "a b".
std::string without_quotes(const std::string& word) {
  std::string plain;
  char quote = 0;
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if (c == '\\' && quote != '\'' && i + 1 < word.size()) {
      plain += word[++i];
    } else if (quote ? c == quote : c == '\'' || c == '"') {
      quote = quote ? 0 : c;
    } else {
      plain += c;
    }
  }
  return plain;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string about_text(const std::string& about) {
  std::string text = first_line(harmless(about.substr(0, kMostAbout)));
  std::replace(text.begin(), text.end(), '\t', ' ');
  return text;
}

// What a shell could take for something else than one word, or the program for an option, is not offered.
bool is_offered(const Word& word, const std::string& begun) {
  const bool is_clean = harmless(word.text) == word.text && word.text.find_first_of("\n\t") == std::string::npos;
  const bool is_option = word.text.starts_with('-') && !begun.starts_with('-');
  return is_clean && !is_option && word.text.starts_with(begun);
}

void print_words(const std::vector<Word>& words, const std::string& begun, const std::string& before = "") {
  for (const Word& word : words) {
    if (is_offered(word, begun)) std::cout << before << word.text << "\t" << about_text(word.about) << "\n";
  }
}

// An option that may be given more than once is one that takes a list.
std::vector<Word> options_of(const Line& line) {
  std::vector<Word> words;
  for (const CLI::Option* option : line.command->get_options()) {
    const bool again = option->get_expected_max() > 1;
    if (!option->nonpositional() || option->get_group().empty() || (line.used.contains(option) && !again)) continue;
    for (std::string& name : names_of(*option)) {
      if (name.starts_with("--") || names_of(*option).size() == 1)
        words.push_back({std::move(name), option->get_description()});
    }
  }
  return words;
}

std::vector<Word> commands_in(const CLI::App& command) {
  std::vector<Word> words;
  for (const CLI::App* each : commands_of(command)) words.push_back({each->get_name(), each->get_description()});
  return words;
}

const CLI::Option* argument_of(const Line& line) {
  size_t place = line.arguments.size();
  for (const CLI::Option* option : line.command->get_options()) {
    if (option->get_positional() && place-- == 0) return option;
  }
  return nullptr;
}

const char* what_else(const std::string& value_name) {
  if (value_name == kFileWord || value_name == kPartWord) return "files";
  return value_name == kFolderWord ? "folders" : "words";
}

// `before` is what stands in the same word already, as --status= does.
void offer_values(const Line& line, const CLI::Option& option, const std::string& begun,
                  const std::string& before = "") {
  const std::string value_name = option.get_type_name();
  std::cout << what_else(value_name) << std::endl;
  std::vector<Word> words;
  for (const std::string& choice : choices_in(value_name)) words.push_back({choice, ""});
  if (words.empty()) words = known_words(value_name, option.get_single_name(), line, begun);
  print_words(words, begun, before);
}

void offer(const Line& line, const std::string& begun) {
  const size_t equals = begun.find('=');
  const bool has_option = begun.starts_with("--") && equals != std::string::npos && !line.options_over && !line.waiting;
  if (line.waiting) return offer_values(line, *line.waiting, begun);
  if (has_option) {
    const std::string before = begun.substr(0, equals + 1);
    const std::vector<std::string> words{begun.substr(0, equals)};
    for (const CLI::Option* option : line.command->get_options()) {
      if (option->nonpositional() && option->check_name(words.front()) && takes_value(*option))
        return offer_values(line, *option, begun.substr(equals + 1), before);
    }
    return;
  }
  if (begun.starts_with('-') && !line.options_over) {
    std::cout << "words\n";
    return print_words(options_of(line), begun);
  }
  if (const CLI::Option* argument = argument_of(line)) return offer_values(line, *argument, begun);
  std::cout << "words\n";
  print_words(commands_in(*line.command), begun);
}

}   // namespace

int complete(const CLI::App& root, std::vector<std::string> words) {
  be_quiet_and_quick();
  if (words.size() < 2) return kDone;
  const bool as_typed = words.front() == "bash";
  words.erase(words.begin());
  if (as_typed) std::transform(words.begin(), words.end(), words.begin(), without_quotes);
  const std::string begun = words.back();
  words.pop_back();
  const bool asks_for_help = !words.empty() && words.front() == "help";
  if (asks_for_help) words.erase(words.begin());
  const Line line = read_line(root, words);
  if (line.unknown.empty() && (!asks_for_help || !commands_of(*line.command).empty())) offer(line, begun);
  std::cout << std::flush;
  return kDone;
}

}   // namespace capid::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/known_words.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "cli/value_names.h"
#include "net/url.h"

namespace capid::cli {
namespace {

constexpr size_t kMostListed = 20;   // of what there is more of every day

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// Whether the command is one that asks the server, rather than the data folder.
bool is_client(const Line& line) {
  const CLI::App* command = line.command;
  while (command->get_parent() && command->get_parent()->get_parent()) command = command->get_parent();
  return command->get_name() == "run" || command->get_name() == "runs";
}

std::unique_ptr<WordSource> source_for(const Line& line) {
  if (!is_client(line)) return words_here(line);
  if (!environment("CAPI_KEY").empty()) return words_there(line);
  const std::string given = environment("CAPI_URL");
  const auto url = net::parse_url(given);
  return given.empty() || (url && url->is_local()) ? words_here(line) : nullptr;
}

std::string app_of(const Line& line) { return line.arguments.empty() ? "" : line.arguments.front(); }

// Names with their =, and behind that the values, where there are few. Files are given with -f.
std::vector<Word> input_words(WordSource& source, const Line& line, const std::string& begun) {
  std::vector<Word> words;
  for (const InputWords& input : source.inputs(app_of(line))) {
    const std::string name = input.name + "=";
    if (input.is_file) continue;
    if (!begun.starts_with(name)) words.push_back({name, input.about});
    for (const std::string& value : begun.starts_with(name) ? input.values : std::vector<std::string>{})
      words.push_back({name + value, ""});
  }
  return words;
}

std::vector<Word> part_words(WordSource& source, const Line& line) {
  std::vector<Word> words;
  for (const InputWords& input : source.inputs(app_of(line))) {
    if (input.is_file) words.push_back({input.name + "=", input.about});
  }
  return words;
}

}   // namespace

std::vector<Word> known_words(const std::string& value_name, const std::string& option, const Line& line,
                              const std::string& begun) {
  const auto is = [&](const char* name) { return value_name == name; };
  const auto source = source_for(line);
  if (!source) return {};
  if (is(kAppWord)) return source->apps();
  if (is(kInputWord) && option == "input") return input_words(*source, line, begun);
  if (is(kPartWord)) return part_words(*source, line);
  if (is(kRunWord)) return source->runs(kMostListed);
  if (is(kWorkspaceWord)) return source->workspaces();
  if (is(kKeyWord)) return source->keys();
  if (is(kAccountWord)) return source->accounts();
  if (is(kSecretWord)) return source->secrets();
  if (is(kModelWord)) return source->models();
  if (is(kDeliveryWord)) return source->deliveries(kMostListed);
  return {};
}

}   // namespace capid::cli

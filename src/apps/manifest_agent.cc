// SPDX-License-Identifier: Apache-2.0
#include "apps/manifest_agent.h"

#include <algorithm>

#include "apps/output_schema.h"
#include "apps/prompt.h"
#include "base/text.h"

namespace capid::apps {
namespace {

using base::YamlMap;
using base::YamlValue;

constexpr size_t kMaxCommand = 32 << 10;

// In the order of Transcript and of Tool.
const std::vector<std::string> kTranscripts{"text", "events", "claude", "codex"};
const std::vector<std::string> kTools{"bash", "files", "web_fetch", "web_search"};

void read_command(YamlMap& map, Manifest& manifest) {
  std::string transcript = kTranscripts.front();
  map.read_choice("transcript", transcript, kTranscripts);
  const auto found = std::find(kTranscripts.begin(), kTranscripts.end(), transcript);
  manifest.transcript = static_cast<Transcript>(found - kTranscripts.begin());
  map.read("command", manifest.command);
}

void check_command(const YamlValue& where, const std::vector<std::string>& command) {
  size_t length = 0;
  for (const std::string& word : command) length += word.size() + 1;
  if (length > kMaxCommand) where.problem("the command is longer than 32 KiB");
  if (command.empty() || command.front().empty())
    where.problem("needs a command: a list of the program and its arguments, or a prompt");
}

void read_tools(YamlMap& map, Prompt& prompt) {
  const auto value = map.take("tools");
  if (!value) return;
  prompt.tools.clear();
  for (const YamlValue& item : value->items()) {
    const std::string name = item.text().value_or("");
    const auto found = std::find(kTools.begin(), kTools.end(), name);
    if (found == kTools.end())
      item.problem("\"" + name +
                   "\" is no tool of the built-in agent: there are bash, files, web_fetch and web_search" +
                   base::did_you_mean(name, kTools));
    else
      prompt.tools.insert(static_cast<Tool>(found - kTools.begin()));
  }
}

void read_prompt(YamlMap& map, const YamlValue& where, Manifest& manifest) {
  Prompt prompt{.text = where.text().value_or("")};
  if (prompt.text.find_first_not_of(" \t\r\n") == std::string::npos) where.problem("says nothing");
  if (const auto problem = prompt_problem(prompt.text, manifest.inputs)) where.problem(*problem);
  read_tools(map, prompt);
  map.read("max_turns", prompt.max_turns, 1, 10'000);
  for (const char* key : {"command", "transcript"}) {
    if (const auto value = map.take(key)) value->problem("does not go with a prompt");
  }
  manifest.transcript = Transcript::kEvents;
  manifest.prompt = std::move(prompt);
}

}   // namespace

std::string_view to_string(Tool tool) { return kTools[static_cast<size_t>(tool)]; }

void read_agent(YamlMap& root, Manifest& manifest) {
  if (const auto value = root.take("output_schema")) {
    manifest.output_schema = value->json();
    if (const auto problem = schema_problem(manifest.output_schema)) value->problem(*problem);
  }
  const auto value = root.take("agent");
  if (!value)
    return root.where().problem(
        "agent is missing: it says what to run, for example  agent: {command: [python3, /app/main.py]}  or, with the "
        "built-in agent,  agent: {prompt: \"…\"}");
  YamlMap map = value->map();
  map.read("model", manifest.model);
  if (const auto prompt = map.take("prompt")) {
    read_prompt(map, *prompt, manifest);
  } else {
    for (const char* key : {"tools", "max_turns"}) {
      if (const auto other = map.take(key)) other->problem("goes with a prompt");
    }
    read_command(map, manifest);
  }
  map.finish();
  if (!manifest.prompt) check_command(*value, manifest.command);
}

}   // namespace capid::apps

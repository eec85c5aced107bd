// SPDX-License-Identifier: Apache-2.0
// capid agent: the built-in agent, as the server starts it inside a sandbox. Not for people, so no help names it.
#include "agent/agent.h"

#include <CLI/CLI.hpp>

#include "cli/cli.h"

namespace capid::cli {

void add_agent(CLI::App& root, Action& action) {
  CLI::App* command = root.add_subcommand("agent", "The built-in agent, inside a sandbox")->group("");
  struct Given {
    agent::Options options;
    std::vector<std::string> media;
    int64_t time_ms = 0;
  };
  auto given = std::make_shared<Given>();
  command->add_option("--protocol", given->options.protocol)->required();
  command->add_option("--media", given->media)->delimiter(',');
  command->add_option("--time", given->time_ms, "milliseconds")->required();
  command->add_option("--app", given->options.place.app_folder);
  command->add_option("--inputs", given->options.place.inputs_file);
  command->callback([&action, given] {
    given->options.place.media = {given->media.begin(), given->media.end()};
    given->options.time = std::chrono::milliseconds(given->time_ms);
    action = [given] { return agent::run(given->options); };
  });
}

}   // namespace capid::cli

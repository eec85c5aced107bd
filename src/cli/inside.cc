// SPDX-License-Identifier: Apache-2.0
// capid agent, capid check-result: as the server starts itself inside a sandbox. Not for people, so no help names them.
#include "agent/agent.h"

#include <CLI/CLI.hpp>

#include "cli/cli.h"
#include "runs/result_check.h"

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
  command->add_option("--most-tokens", given->options.most_tokens);
  command->add_option("--app", given->options.place.app_folder);
  command->add_option("--inputs", given->options.place.inputs_file);
  command->callback([&action, given] {
    given->options.place.media = {given->media.begin(), given->media.end()};
    given->options.time = std::chrono::milliseconds(given->time_ms);
    action = [given] { return agent::run(given->options); };
  });
}

void add_check_result(CLI::App& root, Action& action) {
  CLI::App* command = root.add_subcommand("check-result", "A result against its schema, inside a sandbox")->group("");
  auto folder = std::make_shared<std::string>();
  command->add_option("folder", *folder)->required();
  command->callback([&action, folder] { action = [folder] { return runs::check_result(*folder); }; });
}

}   // namespace capid::cli

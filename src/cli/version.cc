// SPDX-License-Identifier: Apache-2.0
// capid version
#include <CLI/CLI.hpp>

#include "base/version.h"
#include "cli/cli.h"
#include "cli/terminal.h"

namespace capid::cli {

void add_version(CLI::App& root, Action& action) {
  CLI::App* command = root.add_subcommand("version", "Print the version");
  auto as_json = std::make_shared<bool>(false);
  command->add_flag("--json", *as_json, "as JSON");
  command->callback([&action, as_json] {
    action = [as_json] {
      if (*as_json) {
        print_json(base::dump(OrderedJson{{"version", base::kVersion}}));
      } else {
        print_data(std::string("capid ") + base::kVersion + "\n");
      }
      return kDone;
    };
  });
}

}   // namespace capid::cli

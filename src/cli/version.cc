// SPDX-License-Identifier: Apache-2.0
// capid version
#include <CLI/CLI.hpp>
#include <iostream>

#include "base/version.h"
#include "cli/cli.h"

namespace capid::cli {

void add_version(CLI::App& root, Action& action) {
  root.add_subcommand("version", "Print the version")->callback([&action] {
    action = [] {
      std::cout << "capid " << base::kVersion << std::endl;
      return kDone;
    };
  });
}

}   // namespace capid::cli

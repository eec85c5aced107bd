// SPDX-License-Identifier: Apache-2.0
// capid version
#include "cli/version.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/cli.h"

namespace capid::cli {

void add_version(CLI::App& root, Action& action) {
  root.add_subcommand("version", "Print the version")->callback([&action] {
    action = [] {
      std::cout << "capid " << kVersion << std::endl;
      return kDone;
    };
  });
}

}   // namespace capid::cli

// SPDX-License-Identifier: Apache-2.0
// capid help: in the list of commands, for who looks there. The line itself is read as COMMAND --help (program.cc).
#include <CLI/CLI.hpp>

#include "cli/cli.h"

namespace capid::cli {

void add_help(CLI::App& root) { root.add_subcommand("help", "Print this, or a command's help: capid help runs list"); }

}   // namespace capid::cli

// SPDX-License-Identifier: Apache-2.0
// capid completions bash|zsh|fish
#include <CLI/CLI.hpp>

#include "cli/cli.h"
#include "cli/shell_scripts.h"
#include "cli/terminal.h"
#include "cli/value_names.h"

namespace capid::cli {
namespace {

constexpr const char* kAbout =
    "Print a script that lets a shell complete capid's words\n\n"
    "  source <(capid completions bash)          in ~/.bashrc\n"
    "  source <(capid completions zsh)           in ~/.zshrc\n"
    "  capid completions fish | source           in ~/.config/fish/config.fish\n\n"
    "It completes commands, options and what they take: ids of apps and runs, names of inputs, accounts and the "
    "like.\n";

const char* script_for(const std::string& shell) {
  if (shell == "bash") return kBashScript;
  return shell == "zsh" ? kZshScript : kFishScript;
}

}   // namespace

void add_completions(CLI::App& root, Action& action) {
  CLI::App* command = root.add_subcommand("completions", kAbout);
  auto shell = std::make_shared<std::string>();
  takes_one_of(command->add_option("shell", *shell, "for which shell")->required(), {"bash", "zsh", "fish"});
  command->callback([&action, shell] {
    action = [shell] {
      print_data(script_for(*shell));
      return kDone;
    };
  });
}

}   // namespace capid::cli

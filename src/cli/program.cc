// SPDX-License-Identifier: Apache-2.0
// The whole program: its commands, what it says about itself, and how it ends.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <iostream>
#include <sstream>

#include "base/crypto.h"
#include "base/version.h"
#include "cli/cli.h"
#include "cli/complete.h"
#include "cli/line.h"
#include "cli/terminal.h"
#include "sandbox/fork_server.h"
#include "sandbox/sandbox.h"
#include "server/privileges.h"

namespace capid::cli {
namespace {

constexpr const char* kAbout =
    "capid turns any agent on this machine into an HTTP endpoint.\n\n"
    "  capid serve                                   start the server\n"
    "  capid setup                                   a link that sets the admin's password, once\n"
    "  capid keys create --name ci                   make an API key, shown once\n"
    "  capid apps new summary                        begin an app that is a prompt\n"
    "  capid apps check                              are all manifests sound?\n"
    "  capid accounts credit ada 100                 add credits to an account\n"
    "  capid secrets set GITHUB_TOKEN                a secret that apps use by name\n"
    "  capid run report -i year=2026 --wait          run an app and print its result\n"
    "  capid runs list --status failed               what ran, and how it ended\n"
    "  capid runs logs RUN_ID --follow               watch a run\n"
    "  capid webhooks test https://example.org/hook  try a receiver of webhooks\n"
    "  capid backup capid.tar                        save everything; capid restore puts it back\n"
    "  capid doctor                                  does this host give what capid needs?\n\n"
    "  curl -X POST http://127.0.0.1:8080/api/v1/apps/report/runs \\\n"
    "    -H \"Authorization: Bearer capi_...\" -F 'inputs={\"year\": 2026}' -F \"files=@sales.csv\"\n";

// In a list of subcommands each has one line; its examples stand in its own help.
class Help : public CLI::Formatter {
 public:
  std::string make_subcommand(const CLI::App* command) const override {
    const std::string about = command->get_description();
    std::ostringstream out;
    CLI::detail::format_help(out, command->get_display_name(true), about.substr(0, about.find('\n')),
                             get_column_width());
    return out.str();
  }
};

void add_commands(CLI::App& root, Action& action) {
  root.formatter(std::make_shared<Help>());
  root.require_subcommand(1);
  root.set_help_flag("-h,--help", "Print this help");
  root.set_version_flag("--version", std::string("capid ") + base::kVersion, "Print the version");
  add_setup(root, action);
  add_serve(root, action);
  add_keys(root, action);
  add_accounts(root, action);
  add_apps(root, action);
  add_run(root, action);
  add_runs(root, action);
  add_webhooks(root, action);
  add_secrets(root, action);
  add_backup(root, action);
  add_restore(root, action);
  add_doctor(root, action);
  add_completions(root, action);
  add_version(root, action);
  add_help(root);
  add_agent(root, action);
  add_check_result(root, action);
}

// "capid help run" is "capid run --help".
std::vector<std::string> words_of(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty() || words.front() != "help") return words;
  words.erase(words.begin());
  words.emplace_back("--help");
  return words;
}

// What the parser has to say about a line that is no call: help, the version, or where it is wrong.
int answer(const CLI::App& root, const std::vector<std::string>& words, const CLI::ParseError& error) {
  const Line line = read_line(root, words);
  const bool asks = error.get_exit_code() == 0;
  if (asks && (line.unknown.empty() || line.unknown.starts_with('-'))) return root.exit(error);
  tell_problem(fault_of(line).value_or(harmless(error.what())));
  std::cerr << "Run  " << call_of(*line.command) << " --help  for what it takes." << std::endl;
  return kWrongCall;
}

// Data that could not be written is data that nobody has; a reader that went away has what it wanted.
int with_data_written(int code) {
  std::cout.flush();
  if (std::cout || is_unread()) return code;
  tell_problem("cannot write to standard output");
  return code == kDone ? kNotDone : code;
}

}   // namespace

int run(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], sandbox::kForkServerArgument) == 0)
    sandbox::run_fork_server(sandbox::CgroupTree::from_words({argv + 2, argv + argc}));
  server::forbid_dumps();
  base::init_crypto();

  CLI::App root(kAbout, "capid");
  Action action;
  add_commands(root, action);
  if (argc > 1 && std::strcmp(argv[1], kCompleteArgument) == 0) return complete(root, {argv + 2, argv + argc});
  auto words = words_of(argc, argv);
  ::signal(SIGPIPE, SIG_IGN);
  try {
    root.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    return with_data_written(answer(root, words, error));
  }
  if (root.get_subcommands().front()->get_group().empty())
    ::signal(SIGPIPE, SIG_DFL);   // as an agent's tools expect it
  return with_data_written(action());
}

}   // namespace capid::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <signal.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <iostream>
#include <sstream>

#include "base/crypto.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/complete.h"
#include "cli/github.h"
#include "cli/line.h"
#include "cli/terminal.h"
#include "cli/value_names.h"
#include "sandbox/fork_server.h"
#include "server/privileges.h"

namespace capid::cli {
namespace {

constexpr const char* kAbout =
    "capid turns any agent on this machine into an HTTP endpoint.\n\n"
    "  capid serve                                   start the server\n"
    "  capid setup                                   a link that sets the admin's password, once\n"
    "  capid keys create --name ci                   make an API key, shown once\n"
    "  capid keys create --name ci --app report      the same for one app alone\n"
    "  capid apps new summary                        begin an app that is a prompt\n"
    "  capid apps check                              are all manifests sound?\n"
    "  capid accounts credit ada 100                 add credits to an account\n"
    "  capid secrets set GITHUB_TOKEN                a secret that apps use by name\n"
    "  capid run report -i year=2026 --wait          run an app and print its result\n"
    "  capid runs list --status failed               what ran, and how it ended\n"
    "  capid runs logs RUN_ID --follow               watch a run\n"
    "  capid webhooks test https://example.org/hook  try a receiver of webhooks\n"
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

void add_place_options(CLI::App& command, Place& place) {
  command.add_option("--config", place.config_file, "the config file (default: none, everything has a default)")
      ->type_name(kFileWord);
  command
      .add_option("--data", place.data,
                  "the data folder (default: the config's, else $STATE_DIRECTORY, else ~/.local/share/capid)")
      ->type_name(kFolderWord);
}

std::string page_address(const config::Config& config, const std::optional<std::string>& server_url) {
  if (!config.public_url.empty()) return config.public_url;
  if (server_url && server_url->starts_with("http")) return *server_url;
  return "http://127.0.0.1:8080";
}

Result<config::Config> load_config(const Place& place) {
  config::Config config = TRY(config::load(place.config_file));
  if (!place.data.empty()) config.data = place.data;
  if (config.data.empty()) config.data = config::default_data_folder();
  if (!config.data.starts_with('/')) config.data = std::filesystem::absolute(config.data).lexically_normal().string();
  return config;
}

Result<Workplace> enter(const Place& place) {
  config::Config config = TRY(load_config(place));
  ::umask(kOwnerOnly);
  store::Actor actor{.account = "host user " + server::this_user().name, .address = "command line"};
  TRY(server::become_folder_owner(config.data));
  server::DataFolder folder(config.data);
  return Workplace{std::move(config), std::move(folder), std::move(actor)};
}

// The database is asked for first: where there is none, it says what to do.
Result<base::SecretKey> Workplace::instance_secret() const {
  TRY(folder.open_database(store::Database::Mode::kReadOnly));
  return base::load_instance_secret(folder.instance_secret());
}

// In GitHub Actions "Error: capid: …" is what the log shows of it.
void tell_problem(const std::string& text) {
  if (in_github_actions()) {
    annotate("capid", "capid: " + text);
  } else {
    std::cerr << "capid: " << text << "\n";
  }
}

int complain(const Error& error) {
  std::string text = error.message;
  for (const base::FieldProblem& problem : error.details)
    text += "\n  " + (problem.field.empty() ? "" : problem.field + ": ") + problem.message;
  if (!error.detail.empty()) text += "\n  (" + error.detail + ")";
  tell_problem(text);
  const bool wrong = error.code == Code::kInvalidParameter || error.code == Code::kWebhookUrlNotAllowed;
  return wrong ? kWrongCall : kNotDone;
}

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

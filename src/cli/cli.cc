// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstring>
#include <iostream>
#include <sstream>

#include "base/crypto.h"
#include "base/text.h"
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

}   // namespace

void add_place_options(CLI::App& command, Place& place) {
  command.add_option("--config", place.config_file, "the config file (default: none, everything has a default)")
      ->type_name("FILE");
  command
      .add_option("--data", place.data,
                  "the data folder (default: the config's, else $STATE_DIRECTORY, else ~/.local/share/capid)")
      ->type_name("DIR");
}

std::string page_address(const config::Config& config, const std::optional<std::string>& server_url) {
  if (!config.public_url.empty()) return config.public_url;
  if (server_url && server_url->starts_with("http")) return *server_url;
  const auto listener = std::find_if(config.listen.begin(), config.listen.end(),
                                     [](const config::Listener& each) { return each.unix_path.empty(); });
  if (listener == config.listen.end()) return "http://127.0.0.1:8080";
  const std::string host = listener->address == "0.0.0.0" ? "127.0.0.1" : listener->address;
  return std::string(config.tls ? "https://" : "http://") +
         (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(listener->port);
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

int complain(const Error& error) {
  std::cerr << "capid: " << error.message << "\n";
  for (const base::FieldProblem& problem : error.details)
    std::cerr << "  " << (problem.field.empty() ? "" : problem.field + ": ") << problem.message << "\n";
  if (!error.detail.empty()) std::cerr << "  (" << error.detail << ")\n";
  const bool wrong = error.code == Code::kInvalidParameter || error.code == Code::kWebhookUrlNotAllowed;
  return wrong ? kWrongCall : kNotDone;
}

int run(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], sandbox::kForkServerArgument) == 0)
    sandbox::run_fork_server(sandbox::CgroupTree::from_words({argv + 2, argv + argc}));
  server::forbid_dumps();
  base::init_crypto();

  CLI::App root(kAbout, "capid");
  root.formatter(std::make_shared<Help>());
  root.require_subcommand(1);
  root.failure_message([](const CLI::App* app, const CLI::Error& error) {
    return "capid: " + std::string(error.what()) + "\nRun " + app->get_name() + " --help for what it takes.\n";
  });
  Action action;
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
  add_version(root, action);
  add_agent(root, action);
  add_check_result(root, action);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return root.exit(error) == 0 ? kDone : kWrongCall;
  }
  return action();
}

}   // namespace capid::cli

// SPDX-License-Identifier: Apache-2.0
// The command line. Data goes to stdout, talk to stderr. Exit codes: 0 done, 1 not done, 2 the call or the config is
// wrong; where a run is waited for, 3 it failed and 4 it was cancelled; of doctor, 5 there are warnings and 6 there are
// errors; 130 ended by Ctrl-C. A reader of stdout that goes away changes none of these.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "server/data_folder.h"
#include "store/audit.h"

namespace CLI {
class App;
}

namespace capid::cli {

enum ExitCode : int {
  kDone = 0,
  kNotDone = 1,
  kWrongCall = 2,
  kRunFailed = 3,
  kRunCancelled = 4,
  kHostWarned = 5,
  kHostUnfit = 6,
  kInterrupted = 130
};

/// The umask of whatever works on the data folder. Clients leave files as the user's own umask says.
inline constexpr unsigned kOwnerOnly = 077;

/// The whole program.
[[nodiscard]] int run(int argc, char** argv);

/// `--config FILE` and `--data DIR`, as every local command takes them.
struct Place {
  std::string config_file;
  std::string data;
};

void add_place_options(CLI::App& command, Place& place);

/// The config with flags applied and the data folder chosen.
[[nodiscard]] Result<config::Config> load_config(const Place& place);

/// Where people reach the page: the config's public_url, else where a server listens, else where one would.
[[nodiscard]] std::string page_address(const config::Config& config, const std::optional<std::string>& server_url);

/// Where a local command works. As root it becomes the data folder's owner first; what it makes is its owner's alone.
struct Workplace {
  config::Config config;
  server::DataFolder folder;
  store::Actor actor;   ///< who called, for the audit log

  [[nodiscard]] std::string apps_folder() const { return config.apps.empty() ? folder.apps() : config.apps; }

  /// Errors: kInvalidParameter where no server has set the folder up.
  [[nodiscard]] Result<base::SecretKey> instance_secret() const;
};

[[nodiscard]] Result<Workplace> enter(const Place& place);

/// What a command does, to be carried out once the whole line is understood.
using Action = std::function<int()>;

/// Says on stderr what is wrong; in GitHub Actions as an error of the run's page.
void tell_problem(const std::string& text);

/// Prints an error for people and returns the exit code that belongs to it.
int complain(const Error& error);

// One file a subcommand. Each declares its options and sets `action` when it is chosen.
void add_agent(CLI::App& root, Action& action);
void add_check_result(CLI::App& root, Action& action);
void add_setup(CLI::App& root, Action& action);
void add_serve(CLI::App& root, Action& action);
void add_keys(CLI::App& root, Action& action);
void add_accounts(CLI::App& root, Action& action);
void add_apps(CLI::App& root, Action& action);
void add_run(CLI::App& root, Action& action);
void add_runs(CLI::App& root, Action& action);
void add_webhooks(CLI::App& root, Action& action);
void add_secrets(CLI::App& root, Action& action);
void add_backup(CLI::App& root, Action& action);
void add_restore(CLI::App& root, Action& action);
void add_doctor(CLI::App& root, Action& action);
void add_completions(CLI::App& root, Action& action);
void add_version(CLI::App& root, Action& action);
void add_help(CLI::App& root);

}   // namespace capid::cli

// SPDX-License-Identifier: Apache-2.0
// capid serve
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "accounts/setup.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/cli.h"
#include "server/notify.h"
#include "server/privileges.h"
#include "server/server.h"

namespace capid::cli {
namespace {

constexpr const char* kStopping = "stopping: no new runs, running ones may finish";
constexpr std::chrono::seconds kRestOfTheStop{30};   // beyond the grace: agents that have to be ended, last deliveries

struct ServeOptions {
  Place place;
  std::string listen;
};

Result<config::Config> configure(const ServeOptions& options) {
  config::Config config = TRY(load_config(options.place));
  if (!options.listen.empty()) {
    const auto listener = config::parse_listener(options.listen);
    if (!listener)
      return Error{Code::kInvalidParameter, "--listen takes ADDRESS:PORT with a numeric address, or unix:/PATH"};
    config.listen = {*listener};
  }
  return config;
}

sigset_t block_ending_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Nobody can sign in yet: a link on a terminal, which nobody keeps; a log is told only how to get one.
std::string first_steps(const config::Config& config, server::Server& server, bool on_terminal) {
  if (!server.needs_setup()) return on_terminal ? "  page   " + page_address(config, server.urls().front()) : "";
  if (!on_terminal)
    return "nobody can sign in to the page yet: run  capid setup  for a link that sets the admin's password";
  const auto token = server.make_setup_token();
  if (!token) return "  page   run  capid setup  for a link that sets the admin's password";
  return "  page   " + accounts::setup_link(page_address(config, server.urls().front()), *token) +
         "\n         sets the admin's password, once, within an hour; capid setup makes another";
}

// A line as it is, or as the log's.
void say(const std::string& line) {
  if (base::log::is_json()) return base::log::info(line);
  std::cerr << line << std::endl;
}

void greet(const config::Config& config, server::Server& server) {
  const bool on_terminal = ::isatty(STDERR_FILENO) != 0;
  for (const std::string& url : server.urls()) say("listening on " + url);
  if (const std::string steps = first_steps(config, server, on_terminal); !steps.empty()) say(steps);
  if (!on_terminal) return;
  std::cerr
      << "  data   " << config.data << "\n"
      << "  apps   " << (config.apps.empty() ? config.data + "/apps" : config.apps) << "\n"
      << "Make a key with:  capid keys create --name NAME --data " << config.data
      << (config.file.empty() ? "" : " --config " + config.file) << "\n"
      << "Only this machine reaches a 127.0.0.1 address; for others, put tls into the config, or a reverse proxy with "
         "TLS in front.\n"
      << "Ctrl-C stops it once running agents are done; a second one at once." << std::endl;
}

int serve(const ServeOptions& options) {
  const auto notify = server::Notify::take_from_environment();
  auto config = configure(options);
  if (!config) return complain(config.error());
  ::umask(kOwnerOnly);
  auto cgroups = server::become_service_user(config->user, config->data);
  if (!cgroups) return complain(cgroups.error());
  server::forbid_dumps();   // dropping root's rights allows them again

  sigset_t signals = block_ending_signals();
  auto server = server::Server::start(*config, *cgroups);
  if (!server) return complain(server.error());
  greet(*config, **server);
  if (auto told = notify.ready("listening on " + base::join((*server)->urls(), ", ")); !told)
    return complain(told.error());

  if (const auto every = notify.watchdog_interval()) (*server)->prove_alive(*every / 2, [notify] { notify.alive(); });

  int signal = 0;
  ::sigwait(&signals, &signal);
  say(kStopping);
  notify.stopping(kStopping, std::chrono::milliseconds(config->runs.shutdown_grace_ms) + kRestOfTheStop);
  std::thread([signals] {
    int again = 0;
    do {
      ::sigwait(&signals, &again);
    } while (again != SIGINT);   // a person's second Ctrl-C; a supervisor may repeat its SIGTERM
    std::_Exit(kNotDone);        // everything that was acknowledged is on the disk
  }).detach();
  (*server)->stop();
  return kDone;
}

}   // namespace

void add_serve(CLI::App& root, Action& action) {
  CLI::App* command = root.add_subcommand("serve", "Start the server");
  auto options = std::make_shared<ServeOptions>();
  add_place_options(*command, options->place);
  command->add_option("--listen", options->listen, "where to listen (default: 127.0.0.1:8080; port 0 picks a free one)")
      ->type_name("ADDR:PORT");
  command->callback([&action, options] { action = [options] { return serve(*options); }; });
}

}   // namespace capid::cli

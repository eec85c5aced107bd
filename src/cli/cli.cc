// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "base/crypto.h"
#include "base/log.h"
#include "cli/github.h"
#include "cli/value_names.h"
#include "net/url.h"
#include "server/privileges.h"

namespace capid::cli {

constexpr const char* kServiceConfig = "/etc/capid/config.yaml";

void add_place_options(CLI::App& command, Place& place) {
  command
      .add_option("--config", place.config_file,
                  "the config file (default: as root /etc/capid/config.yaml, else none: everything has a default)")
      ->type_name(kFileWord);
  command
      .add_option("--data", place.data,
                  "the data folder (default: the config's, else $STATE_DIRECTORY, else ~/.local/share/capid; "
                  "as root /var/lib/capid)")
      ->type_name(kFolderWord);
}

std::string page_address(const config::Config& config, const std::optional<std::string>& server_url) {
  if (!config.public_url.empty()) return config.public_url;
  if (server_url && server_url->starts_with("http")) {
    if (const auto url = net::parse_url(*server_url)) return net::to_text(net::for_clients(*url));
  }
  const auto listener = std::find_if(config.listen.begin(), config.listen.end(),
                                     [](const config::Listener& each) { return each.unix_path.empty(); });
  if (listener == config.listen.end()) return "http://127.0.0.1:8080";
  const auto scheme = config.tls ? net::Url::Scheme::kHttps : net::Url::Scheme::kHttp;
  return net::to_text(
      net::for_clients({.scheme = scheme, .host = listener->address, .port = listener->port, .path = {}}));
}

// Root finds the service as its package installed it, where the call names neither a config nor another folder.
std::string config_file_of(const Place& place) {
  if (!place.config_file.empty() || !place.data.empty() || ::geteuid() != 0) return place.config_file;
  return ::access(kServiceConfig, R_OK) == 0 ? kServiceConfig : "";
}

Result<config::Config> load_config(const Place& place) {
  config::Config config = TRY(config::load(config_file_of(place)));
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
  base::log::is_json() ? base::log::error(text) : tell_problem(text);
  const bool wrong = error.code == Code::kInvalidParameter || error.code == Code::kWebhookUrlNotAllowed;
  return wrong ? kWrongCall : kNotDone;
}

}   // namespace capid::cli

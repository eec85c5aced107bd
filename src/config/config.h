// SPDX-License-Identifier: Apache-2.0
// The config: one YAML file to one immutable value. Every key is optional, an unknown one is refused.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace capid::config {

inline constexpr int64_t kDayMs = 86'400'000;

/// Where the server listens: a numeric address and a port (0 picks a free one), or a Unix socket's path.
struct Listener {
  std::string address;
  uint16_t port = 0;
  std::string unix_path;   ///< set: a Unix socket, and address and port mean nothing

  bool operator==(const Listener&) const = default;
};

struct Provider {
  std::string name;
  std::string base_url;
  std::string api_key_file;                    ///< the credential lies in a file, read when it is needed
  std::string api_key_env;                     ///< or in an environment variable of the server's
  std::string protocol = "chat_completions";   ///< what the built-in agent speaks to it
  bool wants_bearer = false;                   ///< its credential goes into Authorization, whatever the protocol
  int64_t concurrency = 64;
  int64_t timeout_ms = 300'000;   ///< without a byte from it

  bool operator==(const Provider&) const = default;
};

/// Prices are micro-credits per 1,000 tokens.
struct Model {
  std::string id;
  std::string provider;
  std::string upstream;
  int64_t price_input = 0;
  int64_t price_output = 0;
  int64_t price_cached = 0;
  std::vector<std::string> accepts;   ///< what the built-in agent shows it beside text: image, pdf
  int64_t max_output_tokens = 8192;   ///< of one answer to the built-in agent

  bool operator==(const Model&) const = default;
};

struct Runs {
  int64_t min_free_disk = 512LL << 20;   ///< bytes
  int64_t concurrency = 8;
  int64_t queue_limit = 10'000;
  int64_t default_timeout_ms = 600'000;
  int64_t shutdown_grace_ms = 30'000;

  bool operator==(const Runs&) const = default;
};

struct Webhooks {
  std::vector<std::string> allow;
  int64_t retries = 3;
  int64_t retry_base_ms = 2'000;
  int64_t timeout_ms = 15'000;

  bool operator==(const Webhooks&) const = default;
};

/// Where agents may go.
struct Egress {
  std::vector<std::string> allow;   ///< what is not public, and apps may allow themselves nevertheless

  bool operator==(const Egress&) const = default;
};

/// Amounts are micro-credits.
struct Credits {
  bool enforce = false;
  int64_t starting_balance = 0;
  int64_t per_run = 1'000'000;
  int64_t per_cpu_second = 0;

  bool operator==(const Credits&) const = default;
};

struct Sandbox {
  bool strict = false;
  std::vector<std::string> mount_allow;

  bool operator==(const Sandbox&) const = default;
};

/// How long what belongs to a run is kept after its end, and how much of it.
struct Kept {
  int64_t runs_ms = 90 * kDayMs;
  std::optional<int64_t> files_ms;      ///< the bytes of attachments; nothing: as long as the run
  int64_t artifacts_ms = 30 * kDayMs;   ///< the bytes of artifacts
  std::optional<int64_t> events_ms;     ///< nothing: as long as the run
  std::optional<int64_t> bytes;         ///< of runs with their files and events; nothing: as many as there are

  bool operator==(const Kept&) const = default;
};

struct Retention {
  Kept all;
  std::map<std::string, Kept> apps;   ///< those that are kept otherwise
  int64_t deliveries_ms = 30 * kDayMs;
  int64_t audit_ms = 365 * kDayMs;

  bool operator==(const Retention&) const = default;
};

struct Tls {
  std::string certificate;
  std::string key;

  bool operator==(const Tls&) const = default;
};

struct Config {
  std::string file;               ///< where it was read from; empty: the embedded defaults
  std::vector<Listener> listen;   ///< never empty after load
  std::string public_url;
  std::string data;   ///< empty until chosen: see default_data_folder
  std::string apps;   ///< empty: <data>/apps
  Runs runs;
  int64_t requests_per_minute = 30;
  Webhooks webhooks;
  Egress egress;
  Credits credits;
  std::vector<Provider> providers;
  std::vector<Model> models;
  std::string default_model;
  std::string user;
  Sandbox sandbox;
  std::string searxng;
  Retention retention;
  std::optional<Tls> tls;
  std::vector<std::string> trusted_proxies;

  bool operator==(const Config&) const = default;
};

/// Reads `path`; an empty path gives the embedded defaults. The error's message has a line for each problem, in the
/// form `config.yaml:12: unknown key "concurency" in runs; did you mean "concurrency"?`.
[[nodiscard]] Result<Config> load(const std::string& path);

/// The same from text that was read already; `file` names it in messages.
[[nodiscard]] Result<Config> parse(const std::string& text, const std::string& file);

/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` or `unix:/run/capid/capid.sock`.
[[nodiscard]] std::optional<Listener> parse_listener(const std::string& text);

/// $STATE_DIRECTORY, else $XDG_DATA_HOME/capid, else ~/.local/share/capid; for root, whose home nobody else can enter,
/// /var/lib/capid.
[[nodiscard]] std::string default_data_folder();

}   // namespace capid::config

// SPDX-License-Identifier: Apache-2.0
// An app's manifest, app.yaml: what it wants to be given, what is run, and within which limits.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apps/host_rules.h"
#include "base/json.h"
#include "base/result.h"
#include "net/allowed_host.h"

namespace capid::apps {

inline constexpr const char* kManifestName = "app.yaml";

enum class InputType { kText, kTextarea, kInteger, kNumber, kBoolean, kSelect, kDate, kUrl, kFile };

[[nodiscard]] std::string_view to_string(InputType type);

/// One field of the app's form.
struct InputField {
  std::string name;
  InputType type = InputType::kText;
  std::string label;
  std::string description;
  bool required = false;
  Json default_value;                 ///< null: none
  std::vector<std::string> options;   ///< select
  std::optional<double> minimum;      ///< integer, number
  std::optional<double> maximum;
  std::optional<int64_t> max_length;   ///< text, textarea, url: bytes
  std::vector<std::string> accept;     ///< file: extensions without dot; empty: any accepted one
};

struct Limits {
  int64_t timeout_ms = 0;   ///< 0: the server's default
  int64_t memory_bytes = int64_t{1} << 30;
  int64_t millicpus = 1000;
  int64_t pids = 128;
  int64_t disk_bytes = int64_t{512} << 20;
};

/// What an app's stdout is: its result as it is, or a language in which the steps of its thread are told as well.
enum class Transcript { kText, kEvents, kClaude, kCodex };

/// What the built-in agent may do beside answering.
enum class Tool { kBash, kFiles, kWebFetch, kWebSearch };

[[nodiscard]] std::string_view to_string(Tool tool);

/// What the built-in agent is asked.
struct Prompt {
  std::string text;   ///< a template, see apps/prompt.h
  std::set<Tool> tools{Tool::kBash, Tool::kFiles};
  int64_t max_turns = 40;   ///< answers of the model
};

enum class OnInterrupt { kFail, kRetry };

/// Whether runs of the app take place in a named workspace of the account.
enum class WorkspaceUse { kOptional, kRequired, kNone };

/// What capid adds to the requests of an app, so that the agent need not hold the secret.
struct SecretInjection {
  std::string host;           ///< a host's name in lower case, with `:port` where that is not 443
  std::string header;         ///< the field that carries the secret
  std::string format;         ///< what the field holds; {} stands for the secret, exactly once
  std::string base_url_env;   ///< the variable that tells the agent where to send its requests instead
};

/// One of the operator's secrets, and how the app is given it: exactly one of `env` and `inject` is set.
struct SecretUse {
  std::string name;
  std::string env;   ///< the variable that holds it
  std::optional<SecretInjection> inject;
};

/// A folder or file of the host that the agent sees, read-only.
struct HostMount {
  std::string host;   ///< as it is written: see apps/host_rules.h for where it leads
  std::string at;     ///< where the agent sees it
};

struct Manifest {
  std::string name;
  std::string description;
  std::vector<InputField> inputs;
  std::vector<std::string> command;   ///< empty: there is a prompt
  std::optional<Prompt> prompt;
  Transcript transcript = Transcript::kText;
  Json output_schema;   ///< what a result must satisfy; null: anything is one
  std::string model;    ///< the id of the one that it uses where a run names none; empty: the server's default
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<SecretUse> secrets;
  std::vector<HostMount> mounts;
  std::string rootfs;   ///< a folder of the host that is the agent's system; empty: the host's own
  std::vector<net::AllowedHost> network_allow;   ///< empty: the agent reaches models at most
  Limits limits;
  int64_t concurrency = 0;   ///< 0: only the server's limit
  OnInterrupt on_interrupt = OnInterrupt::kFail;
  WorkspaceUse workspace = WorkspaceUse::kOptional;

  [[nodiscard]] const InputField* find_input(const std::string& input) const;
};

/// An app's id is its folder's name: 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-', beginning with a letter or digit.
[[nodiscard]] bool is_app_id(const std::string& text);

/// Parses a manifest; `file` names it in messages, `app` is the name it has where it gives none. Where there are
/// `host_rules`, a path of the host that they do not allow is a problem. The error's message has a line for each problem,
/// with file, line and key.
[[nodiscard]] Result<Manifest> parse_manifest(const std::string& text, const std::string& file, const std::string& app,
                                              const HostRules* host_rules = nullptr);

/// Reads `<folder>/app.yaml`.
[[nodiscard]] Result<Manifest> read_manifest(const std::string& folder, const std::string& app,
                                             const HostRules* host_rules = nullptr);

}   // namespace capid::apps

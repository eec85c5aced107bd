// SPDX-License-Identifier: Apache-2.0
// What the checks are told of the host: what had to be asked beforehand, or in another process.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "sandbox/cgroup_tree.h"
#include "server/data_folder.h"
#include "server/privileges.h"

namespace capid::doctor {

/// How a real sandbox, made as the server makes it, went.
struct Trial {
  bool worked = false;
  std::string failed_step;             ///< of the set-up; empty: none of them failed
  int error = 0;                       ///< that step's errno
  std::string problem;                 ///< what else went wrong, as a sentence
  std::vector<std::string> programs;   ///< those of kUsualPrograms that are found inside
};

/// What agents commonly call.
inline constexpr const char* kUsualPrograms[] = {"bash", "curl", "git", "jq", "node", "python3"};

/// What systemd knows of capid.service.
struct Unit {
  bool is_running = false;
  bool delegates = false;    ///< cpu, memory and pids
  std::string controllers;   ///< those that it delegates
  std::string tasks_max;
};

struct Host {
  config::Config config;        ///< the defaults where config_problem says something
  std::string config_problem;   ///< why the config cannot be used; a line a problem
  server::DataFolder folder;
  bool started_as_root = false;
  server::User user;          ///< as whom capid would serve; the checks run as that user
  std::string user_problem;   ///< why it would not
  sandbox::CgroupTree cgroups;   ///< that runs would have
  Trial trial = {};
  std::optional<Unit> unit = {};   ///< nothing where there is no systemd, or no such unit

  [[nodiscard]] std::string apps_folder() const { return config.apps.empty() ? folder.apps() : config.apps; }

  /// What as many runs at once as the config allows take of something that a default run takes `each` of.
  [[nodiscard]] int64_t for_all_runs(int64_t each) const { return config.runs.concurrency * each; }
};

}   // namespace capid::doctor

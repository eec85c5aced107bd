// SPDX-License-Identifier: Apache-2.0
// The composition root: builds every part from the Config, starts and stops them in a visible order.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "sandbox/cgroup_tree.h"

namespace capid::server {

class Server {
 public:
  /// Starts everything. The process must have one thread and be the service user already, `cgroups` are what
  /// become_service_user gave. `config.data` is set. Errors:
  /// kInvalidParameter for what the operator can mend, among it a config that asks for protection that is not there.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(const config::Config& config,
                                                             const sandbox::CgroupTree& cgroups);
  ~Server();

  /// Where it listens, as URLs.
  [[nodiscard]] const std::vector<std::string>& urls() const;

  /// Whether the first account has no password yet, so that nobody can have signed in.
  [[nodiscard]] bool needs_setup() const;

  /// A token for accounts::setup_link.
  [[nodiscard]] Result<std::string> make_setup_token();

  /// Calls `tell` every `interval` as long as the event loop turns and the store answers, whatever it answers. A server that hangs
  /// does not call.
  void prove_alive(std::chrono::milliseconds interval, std::function<void()> tell);

  /// Refuses new runs, lets running ones finish for up to the configured grace, ends the rest, then stops every part.
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}   // namespace capid::server

// SPDX-License-Identifier: Apache-2.0
// The page's parts, put together: who is signed in, and what answers the page.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "admin/router.h"
#include "config/config.h"
#include "sandbox/cgroup_tree.h"
#include "server/data_folder.h"

namespace capid::server {

/// What the page stands on. All of it outlives the page.
struct PageParts {
  const config::Config& config;
  const DataFolder& folder;
  const base::Clock& clock;
  const base::SecretKey& instance_secret;
  store::Writer& writer;
  store::Readers& readers;
  threads::Feed& feed;
  apps::Registry& apps;
  const webhooks::Secrets& webhook_secrets;
  const webhooks::Targets& webhook_targets;
  accounts::Sessions& sessions;
  api::Handlers programs;
  std::function<void()> wake_outbox;
  sandbox::CgroupTree cgroups;
  std::vector<std::string> missing_protection;
  std::function<std::vector<std::string>()> listening;
};

class Page {
 public:
  /// Errors: kInvalidParameter for what the config says of proxies.
  [[nodiscard]] static Result<std::unique_ptr<Page>> make(const PageParts& parts);
  ~Page();

  [[nodiscard]] std::vector<http::Route> routes() const;

 private:
  struct State;
  explicit Page(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}   // namespace capid::server

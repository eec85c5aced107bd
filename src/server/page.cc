// SPDX-License-Identifier: Apache-2.0
#include "server/page.h"

#include "base/version.h"
#include "server/gateway_options.h"
#include "server/host_examination.h"

namespace capid::server {
namespace {

constexpr size_t kMostPages = 1'000;   // that are open at once

admin::Facts facts_of(const config::Config& config) {
  admin::Facts facts{.version = base::kVersion,
                     .public_url = config.public_url,
                     .models = {},
                     .default_model = config.default_model,
                     .enforces_credits = config.credits.enforce};
  for (const config::Model& model : config.models) facts.models.push_back(model.id);
  return facts;
}

admin::Models models_of(const config::Config& config) {
  std::vector<admin::Models::Model> models;
  for (const config::Model& model : config.models) {
    models.push_back({.id = model.id,
                      .provider = model.provider,
                      .upstream = model.upstream,
                      .price_input = model.price_input,
                      .price_output = model.price_output,
                      .price_cached = model.price_cached,
                      .accepts = model.accepts});
  }
  std::vector<admin::Models::Provider> providers;
  for (const config::Provider& provider : config.providers) {
    providers.push_back({.name = provider.name,
                         .base_url = provider.base_url,
                         .protocol = provider.protocol,
                         .api_key_file = provider.api_key_file,
                         .api_key_env = provider.api_key_env});
  }
  return {std::move(models), std::move(providers), config.default_model};
}

std::string apps_folder(const PageParts& parts) {
  return parts.config.apps.empty() ? parts.folder.apps() : parts.config.apps;
}

admin::System::Options system_options(const PageParts& parts) {
  return {.version = base::kVersion,
          .started_at = parts.clock.now_ms(),
          .public_url = parts.config.public_url,
          .data = parts.folder.path(),
          .apps = apps_folder(parts),
          .database = parts.folder.database(),
          .concurrency = parts.config.runs.concurrency,
          .queue_limit = parts.config.runs.queue_limit,
          .missing_protection = parts.missing_protection,
          .listening = parts.listening,
          .examine = [config = parts.config.file, data = parts.folder.path(), cgroups = parts.cgroups] {
            return examine_host(config, data, cgroups);
          }};
}

}   // namespace

struct Page::State {
  admin::Guard guard;
  accounts::SignIn sign_in;
  admin::Entrance entrance;
  admin::Pulse pulse;
  admin::Apps apps;
  admin::Runs runs;
  admin::Artifacts artifacts;
  admin::Workspaces workspaces;
  admin::Keys keys;
  admin::Webhooks webhooks;
  admin::Accounts accounts;
  admin::Models models;
  admin::Audit audit;
  admin::System system;
  api::Handlers programs;

  State(const PageParts& parts, http::TrustedProxies proxies)
      : guard(parts.sessions, std::move(proxies), parts.config.public_url, parts.config.tls.has_value()),
        sign_in(parts.readers, parts.clock),
        entrance(facts_of(parts.config), guard, parts.sessions, sign_in, parts.instance_secret, parts.writer,
                 parts.readers, parts.clock),
        pulse(parts.sessions, parts.feed, parts.readers, kMostPages),
        apps(parts.apps, apps_folder(parts)),
        runs(parts.programs.runs, parts.apps, parts.writer, parts.readers, parts.config.public_url),
        artifacts(parts.programs.artifacts),
        workspaces(parts.programs.workspaces, parts.writer),
        keys(parts.instance_secret, parts.apps, parts.writer, parts.readers, parts.clock),
        webhooks({.secrets = parts.webhook_secrets,
                  .targets = parts.webhook_targets,
                  .writer = parts.writer,
                  .readers = parts.readers,
                  .wake = parts.wake_outbox},
                 parts.config.public_url),
        accounts(prices_of(parts.config.credits), parts.writer, parts.readers, parts.clock),
        models(models_of(parts.config)),
        audit(parts.readers),
        system(system_options(parts), parts.apps, parts.readers),
        programs(parts.programs) {}
};

Page::Page(std::unique_ptr<State> state) : state_(std::move(state)) {}
Page::~Page() = default;

Result<std::unique_ptr<Page>> Page::make(const PageParts& parts) {
  auto proxies = TRY(http::TrustedProxies::make(parts.config.trusted_proxies));
  return std::unique_ptr<Page>(new Page(std::make_unique<State>(parts, std::move(proxies))));
}

std::vector<http::Route> Page::routes() const {
  State& state = *state_;
  return admin::routes({state.entrance, state.pulse, state.apps, state.runs, state.artifacts, state.workspaces,
                        state.keys, state.webhooks, state.accounts, state.models, state.audit, state.system},
                       state.programs, state.guard);
}

}   // namespace capid::server

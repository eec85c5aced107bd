// SPDX-License-Identifier: Apache-2.0
#include "server/part_options.h"

#include <sys/resource.h>

#include <algorithm>

#include "server/gateway_options.h"

namespace capid::server {
namespace {

constexpr rlim_t kEnoughDescriptors = 1 << 20;

// So that connections and runs have the rest.
webhooks::Budget::Limits delivery_limits() {
  rlimit limit{};
  CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  return webhooks::Budget::Limits::within(
      static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, kEnoughDescriptors) / 4));
}

}   // namespace

webhooks::Outbox::Options outbox_options(const config::Webhooks& config, const std::string& node) {
  return {.node = node,
          .retry = {.retries = config.retries, .base_ms = config.retry_base_ms},
          .timeout_ms = config.timeout_ms,
          .limits = delivery_limits()};
}

runs::Submit::Options submit_options(const config::Config& config) {
  runs::Submit::Options options{.prices = prices_of(config.credits),
                                .models = {},
                                .default_timeout_ms = config.runs.default_timeout_ms,
                                .min_free_disk = config.runs.min_free_disk};
  for (const config::Model& model : config.models) options.models.push_back(model.id);
  return options;
}

runs::Retention::Options retention_options(const config::Retention& config) {
  const auto kept = [](const config::Kept& kept) {
    return runs::Retention::Kept{.runs_ms = kept.runs_ms,
                                 .files_ms = kept.files_ms,
                                 .artifacts_ms = kept.artifacts_ms,
                                 .events_ms = kept.events_ms,
                                 .bytes = kept.bytes};
  };
  runs::Retention::Options options{
      .all = kept(config.all), .apps = {}, .deliveries_ms = config.deliveries_ms, .audit_ms = config.audit_ms};
  for (const auto& [app, own] : config.apps) options.apps.emplace(app, kept(own));
  return options;
}

Result<http::Server::Options> http_options(const config::Config& config, const DataFolder& folder) {
  http::Server::Options options;
  for (const config::Listener& listener : config.listen)
    options.listen.push_back({.address = listener.address, .port = listener.port, .unix_path = listener.unix_path});
  if (!config.tls) return options;
  options.tls = TRY(http::Tls::load({.certificate = config.tls->certificate, .key = config.tls->key}));
  options.listen.push_back({.unix_path = folder.local_socket(), .hidden = true});
  return options;
}

}   // namespace capid::server

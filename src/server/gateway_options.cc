// SPDX-License-Identifier: Apache-2.0
#include "server/gateway_options.h"

#include <algorithm>

#include "base/log.h"
#include "runs/own_program.h"

namespace capid::server {
namespace {

// The protocols' paths begin with /v1, which people write at the end of a base URL or leave out.
Result<net::Url> base_url_of(const config::Provider& provider) {
  constexpr std::string_view kVersion = "/v1";
  auto url = net::parse_url(provider.base_url);
  if (!url)
    return Error{Code::kInvalidParameter,
                 "the base_url of the provider \"" + provider.name + "\" " + url.error().message};
  if (url->path.ends_with(kVersion)) url->path.resize(url->path.size() - kVersion.size());
  return url;
}

}   // namespace

credits::Prices prices_of(const config::Credits& config) {
  return {.enforce = config.enforce,
          .starting_balance = config.starting_balance,
          .per_run = config.per_run,
          .per_cpu_second = config.per_cpu_second};
}

Result<gateway::Gateway::Options> gateway_options(const config::Config& config) {
  gateway::Gateway::Options options{.providers = {}, .models = {}, .prices = prices_of(config.credits)};
  for (const config::Provider& provider : config.providers) {
    options.providers.push_back({.name = provider.name,
                                 .base_url = TRY(base_url_of(provider)),
                                 .api_key_file = provider.api_key_file,
                                 .api_key_env = provider.api_key_env,
                                 .wants_bearer = provider.wants_bearer,
                                 .concurrency = provider.concurrency,
                                 .timeout = std::chrono::milliseconds(provider.timeout_ms)});
  }
  if (!config.searxng.empty()) options.searxng = TRY(net::parse_url(config.searxng));
  for (const config::Model& model : config.models) {
    options.models.push_back(
        {.id = model.id,
         .provider = model.provider,
         .upstream = model.upstream,
         .price = {.input = model.price_input, .output = model.price_output, .cached = model.price_cached}});
  }
  return options;
}

runs::Outlets::Options outlet_options(const config::Config& config, const DataFolder& folder) {
  runs::Outlets::Options options{.models = {}, .default_model = config.default_model, .program = {}};
  for (const config::Model& model : config.models) {
    const auto provider = std::find_if(config.providers.begin(), config.providers.end(),
                                       [&](const auto& each) { return each.name == model.provider; });
    options.models.emplace(model.id, runs::ModelTraits{.protocol = provider->protocol,
                                                       .accepts = model.accepts,
                                                       .most_tokens = model.max_output_tokens});
  }
  auto program = runs::reachable_program(folder.path());
  if (program) {
    options.program = std::move(*program);
  } else {
    base::log::error("apps with a prompt cannot be run",
                     {{"error", program.error().message}, {"detail", program.error().detail}});
  }
  return options;
}

}   // namespace capid::server

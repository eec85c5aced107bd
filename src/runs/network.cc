// SPDX-License-Identifier: Apache-2.0
#include "runs/network.h"

#include <algorithm>

namespace capid::runs {
namespace {

// Above those which the kernel hands out by itself, and far from those which people choose.
constexpr uint16_t kFirstPort = 61'001;
constexpr uint16_t kHttps = 443;

std::string url_of(uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); }

uint16_t add_port(Network& network) {
  const auto port = static_cast<uint16_t>(kFirstPort + network.ports.size());
  network.ports.push_back(port);
  return port;
}

uint16_t add_site(Network& network, egress::Site site) {
  network.sites.push_back(std::move(site));
  return add_port(network);
}

void add_proxy(Network& network, const std::vector<net::AllowedHost>& allow) {
  const std::string url = url_of(add_site(network, egress::Proxy{allow}));
  for (const char* name : {"HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"})
    network.env.emplace_back(name, url);
  for (const char* name : {"NO_PROXY", "no_proxy"}) network.env.emplace_back(name, "127.0.0.1,localhost");
}

// The format with the secret in the place of its {}.
base::SecretText filled_in(const std::string& format, std::string_view secret) {
  constexpr std::string_view kPlace = "{}";
  const size_t place = format.find(kPlace);
  CHECK(place != std::string::npos);   // the manifest was refused otherwise
  base::SecretText value(format.size() - kPlace.size() + secret.size());
  auto to = std::copy_n(format.begin(), place, value.bytes().begin());
  to = std::copy(secret.begin(), secret.end(), to);
  std::copy(format.begin() + static_cast<ptrdiff_t>(place + kPlace.size()), format.end(), to);
  return value;
}

void add_injection(Network& network, const apps::SecretInjection& inject, std::string_view secret) {
  auto place = net::parse_host_and_port(inject.host, kHttps);
  CHECK(place);   // likewise
  const uint16_t port = add_site(
      network, egress::Injection{
                   .place = std::move(*place), .header = inject.header, .value = filled_in(inject.format, secret)});
  network.env.emplace_back(inject.base_url_env, url_of(port));
}

}   // namespace

Network network_for(const apps::Manifest& manifest, const std::vector<OpenSecret>& secrets) {
  Network network;
  if (!manifest.network_allow.empty()) add_proxy(network, manifest.network_allow);
  for (const OpenSecret& secret : secrets) {
    if (secret.use.inject) add_injection(network, *secret.use.inject, secret.value.view());
  }
  return network;
}

// Programs that find no key refuse to start, so there is one.
void add_gateway(Network& network, const std::string& run, const std::string& model) {
  const std::string url = url_of(add_port(network)), token = "capid-" + run;
  network.env.insert(network.env.end(), {{"OPENAI_BASE_URL", url + "/v1"},
                                         {"OPENAI_API_KEY", token},
                                         {"ANTHROPIC_BASE_URL", url},
                                         {"ANTHROPIC_AUTH_TOKEN", token}});
  if (!model.empty()) network.env.emplace_back("CAPI_MODEL", model);
}

void add_network(const Network& network, sandbox::Spec& spec) {
  spec.listen_ports = network.ports;
  for (const auto& variable : network.env) {
    const bool is_set =
        std::any_of(spec.env.begin(), spec.env.end(), [&](const auto& other) { return other.first == variable.first; });
    if (!is_set) spec.env.push_back(variable);
  }
}

std::vector<egress::Door> doors_of(std::vector<egress::Site> sites, std::vector<base::Fd> listeners) {
  CHECK(sites.size() == listeners.size());
  std::vector<egress::Door> doors;
  for (size_t i = 0; i < sites.size(); ++i)
    doors.push_back({.listener = std::move(listeners[i]), .site = std::move(sites[i])});
  return doors;
}

}   // namespace capid::runs

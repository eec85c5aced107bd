// SPDX-License-Identifier: Apache-2.0
#include "runs/network.h"

#include <fcntl.h>

#include "tests/support/test.h"

using namespace capid;
using namespace capid::runs;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

apps::Manifest allowing(std::initializer_list<const char*> entries) {
  apps::Manifest manifest;
  for (const char* entry : entries) manifest.network_allow.push_back(net::parse_allowed_host(entry).value());
  return manifest;
}

std::vector<OpenSecret> injected(std::initializer_list<apps::SecretInjection> uses) {
  std::vector<OpenSecret> secrets;
  for (const apps::SecretInjection& inject : uses)
    secrets.push_back({.use = {.name = "S", .env = {}, .inject = inject}, .value = base::SecretText("s{}cret")});
  return secrets;
}

const apps::SecretInjection kGithub{
    .host = "api.github.com", .header = "Authorization", .format = "Bearer {}", .base_url_env = "GITHUB_API_URL"};

}   // namespace

TEST_CASE("an app that names no host and injects nothing has no listeners and is told nothing") {
  const Network network = network_for({}, {});
  CHECK(network.ports.empty());
  CHECK(network.sites.empty());
  CHECK(network.env.empty());
}

TEST_CASE("an app that names hosts is led to a proxy by the variables that programs know") {
  const Network network = network_for(allowing({"a.test:443"}), {});
  CHECK(network.ports == std::vector<uint16_t>{61'001});
  REQUIRE(network.sites.size() == 1);
  CHECK(std::get<egress::Proxy>(network.sites[0]).allow == allowing({"a.test:443"}).network_allow);
  const std::string url = "http://127.0.0.1:61001";
  CHECK(network.env == Variables{{"HTTPS_PROXY", url},
                                 {"HTTP_PROXY", url},
                                 {"https_proxy", url},
                                 {"http_proxy", url},
                                 {"NO_PROXY", "127.0.0.1,localhost"},
                                 {"no_proxy", "127.0.0.1,localhost"}});
}

TEST_CASE("each injected secret has a base URL of its own, and the secret is in no variable") {
  const apps::SecretInjection other{
      .host = "git.internal:8443", .header = "X-Key", .format = "<{}>", .base_url_env = "GIT_URL"};
  auto secrets = injected({kGithub, other});
  secrets.push_back({.use = {.name = "S", .env = "S", .inject = {}}, .value = base::SecretText("in a variable")});
  const Network network = network_for({}, secrets);
  CHECK(network.ports == std::vector<uint16_t>{61'001, 61'002});
  CHECK(network.env == Variables{{"GITHUB_API_URL", "http://127.0.0.1:61001"}, {"GIT_URL", "http://127.0.0.1:61002"}});
  const auto& first = std::get<egress::Injection>(network.sites.at(0));
  CHECK(first.place == net::HostAndPort{.host = "api.github.com", .port = 443});
  CHECK(first.header == "Authorization");
  CHECK(first.value.view() == "Bearer s{}cret");
  const auto& second = std::get<egress::Injection>(network.sites.at(1));
  CHECK(second.place == net::HostAndPort{.host = "git.internal", .port = 8443});
  CHECK(second.value.view() == "<s{}cret>");
}

TEST_CASE("what an app sets itself stays") {
  sandbox::Spec spec;
  spec.env = {{"HTTP_PROXY", "mine"}};
  add_network(network_for(allowing({"a.test"}), injected({kGithub})), spec);
  CHECK(spec.listen_ports == std::vector<uint16_t>{61'001, 61'002});
  CHECK(spec.env.size() == 7);
  CHECK(spec.env.front() == std::pair<std::string, std::string>("HTTP_PROXY", "mine"));
}

TEST_CASE("each site stands behind its own listener") {
  Network network = network_for(allowing({"a.test"}), injected({kGithub}));
  std::vector<base::Fd> listeners;
  std::vector<int> numbers;
  for (int i = 0; i < 2; ++i) {
    listeners.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    numbers.push_back(listeners.back().get());
  }
  const auto doors = doors_of(std::move(network.sites), std::move(listeners));
  REQUIRE(doors.size() == 2);
  CHECK(doors[0].listener.get() == numbers[0]);
  CHECK(std::holds_alternative<egress::Proxy>(doors[0].site));
  CHECK(doors[1].listener.get() == numbers[1]);
  CHECK(std::holds_alternative<egress::Injection>(doors[1].site));
}

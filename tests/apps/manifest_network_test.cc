// SPDX-License-Identifier: Apache-2.0
#include "apps/manifest.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::apps;

namespace {

Result<Manifest> parse(const std::string& network) {
  return parse_manifest("agent: {command: [main]}\n" + network, "app.yaml", "app");
}

}   // namespace

TEST_CASE("a manifest names the hosts that its agents may reach") {
  const auto manifest = parse("network: {allow: [\"API.github.com:443\", \"*.example.org\", \"[::1]:80\"]}");
  REQUIRE(manifest);
  const std::vector<net::AllowedHost> expected{
      {.host = "api.github.com", .port = 443}, {.host = ".example.org", .port = {}}, {.host = "::1", .port = 80}};
  CHECK(manifest->network_allow == expected);
}

TEST_CASE("without a word about it agents reach nothing") {
  for (const char* network : {"", "network: {}", "network: {allow: []}", "network:"}) {
    CAPTURE(network);
    const auto manifest = parse(network);
    REQUIRE(manifest);
    CHECK(manifest->network_allow.empty());
  }
}

TEST_CASE("what is wrong with it is reported with file, line and key") {
  struct Case {
    std::string network, problem;
  };
  std::string many = "network:\n  allow:\n";
  for (int i = 0; i < 257; ++i) many += "    - a" + std::to_string(i) + ".test\n";
  for (const auto& [network, problem] : {
           Case{"network: [example.com]", "app.yaml:2: network: must be a mapping of keys to values"},
           Case{"network: {allow: example.com}", "app.yaml:2: network.allow: must be a list"},
           Case{"network: {alow: []}", "app.yaml:2: unknown key \"alow\" in network; did you mean \"allow\"?"},
           Case{"network: {allow: [[a.test]]}", "app.yaml:2: network.allow[0]: must be text"},
           Case{
               "network:\n  allow:\n    - a.test\n    - https://b.test\n    - \"*\"",
               "app.yaml:5: network.allow[1]: \"https://b.test\" must not have a scheme: write the host, and the port "
               "after a colon\napp.yaml:6: network.allow[2]: \"*\" would be every host: name those that the app needs"},
           Case{many, "app.yaml:3: network.allow: has more than 256 entries"},
       }) {
    CAPTURE(network);
    const auto manifest = parse(network);
    REQUIRE(!manifest);
    CHECK(manifest.error().message == problem);
  }
}

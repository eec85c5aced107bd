// SPDX-License-Identifier: Apache-2.0
#include "apps/manifest_secrets.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::apps;

namespace {

std::string with(const std::string& more) { return "agent: {command: [main]}\n" + more; }

// What is wrong with a manifest, a line each; empty: nothing.
std::string problems(const std::string& text) {
  const auto manifest = parse_manifest(text, "app.yaml", "summary");
  return manifest ? "" : manifest.error().message;
}

std::string injecting(const std::string& keys) { return with("secrets: [{name: A, inject: {" + keys + "}}]"); }

// With one of the four keys as given, and the others sound.
std::string with_host(const std::string& host) {
  return problems(injecting("host: \"" + host + "\", header: H, base_url_env: U"));
}
std::string with_header(const std::string& header) {
  return problems(injecting("host: h.org, header: \"" + header + "\", base_url_env: U"));
}
std::string with_format(const std::string& format) {
  return problems(injecting("host: h.org, header: H, base_url_env: U, format: \"" + format + "\""));
}

const std::string kHost =
    "app.yaml:2: secrets[0].inject.host: must be a host's exact name such as api.github.com, with a port or without, "
    "and "
    "no address";
const std::string kConnection =
    "app.yaml:2: secrets[0].inject.header: must not be a header that governs the connection";
const std::string kFormat =
    "app.yaml:2: secrets[0].inject.format: must hold {} exactly once, where the secret goes, in at most 256 printable "
    "characters";
const std::string kEither =
    ": needs either env, the variable that holds the secret, or inject, where capid adds it to the agent's requests";

}   // namespace

TEST_CASE("secrets are read to the last key") {
  const Manifest manifest = parse_manifest(with(R"(
secrets:
  - {name: GITHUB_TOKEN, env: GH_TOKEN}
  - name: GITHUB_TOKEN
    inject: {host: API.github.com, header: Authorization, format: "Bearer {}", base_url_env: GITHUB_API_URL}
  - {name: _2, inject: {host: "ci_1.internal:8443", header: X-Token, base_url_env: CI}}
)"),
                                           "app.yaml", "summary")
                                .value();
  REQUIRE(manifest.secrets.size() == 3);
  CHECK(manifest.secrets[0].name == "GITHUB_TOKEN");
  CHECK(manifest.secrets[0].env == "GH_TOKEN");
  CHECK_FALSE(manifest.secrets[0].inject);
  CHECK(manifest.secrets[1].name == "GITHUB_TOKEN");
  CHECK(manifest.secrets[1].env.empty());
  REQUIRE(manifest.secrets[1].inject);
  CHECK(manifest.secrets[1].inject->host == "api.github.com");
  CHECK(manifest.secrets[1].inject->header == "Authorization");
  CHECK(manifest.secrets[1].inject->format == "Bearer {}");
  CHECK(manifest.secrets[1].inject->base_url_env == "GITHUB_API_URL");
  CHECK(manifest.secrets[2].inject->host == "ci_1.internal:8443");
  CHECK(manifest.secrets[2].inject->format == "{}");
  CHECK(parse_manifest(with(""), "app.yaml", "summary").value().secrets.empty());
}

TEST_CASE("a secret's use that is wrong is reported with file, line and key") {
  struct Case {
    std::string text, expected;
  };
  const Case cases[] = {
      {with("secrets: {A: B}"), "app.yaml:2: secrets: must be a list"},
      {with("secrets: [A]"),
       "app.yaml:2: secrets[0]: must be a mapping of keys to values\napp.yaml:2: secrets[0]: needs "
       "name\napp.yaml:2: secrets[0]" +
           kEither},
      {with("secrets: [{name: A}]"), "app.yaml:2: secrets[0]" + kEither},
      {with("secrets:\n  - {name: A, env: A}\n  - {env: B}"), "app.yaml:4: secrets[1]: needs name"},
      {with("secrets: [{name: a, env: A}]"),
       "app.yaml:2: secrets[0].name: must be 1 to 64 of A-Z, 0-9 and '_', not beginning with a digit"},
      {with("secrets: [{name: A, env: A, inject: {host: h.org, header: H, base_url_env: U}}]"),
       "app.yaml:2: secrets[0]" + kEither},
      {with("secrets: [{name: A, evn: A}]"),
       "app.yaml:2: secrets[0]" + kEither + "\napp.yaml:2: unknown key \"evn\" in secrets[0]; did you mean \"env\"?"},
      {with("secrets: [{name: A, env: A-B}]"),
       "app.yaml:2: secrets[0].env: a variable's name is letters, digits and '_', beginning with a letter"},
      {with("secrets: [{name: A, env: CAPI_A}]"),
       "app.yaml:2: secrets[0].env: names that begin with CAPI_ are capid's own"},
      {with("secrets: [{name: A, env: X}, {name: B, env: X}]"),
       "app.yaml:2: secrets[1].env: the variable X is set twice"},
      {with("env: {X: 1}\nsecrets: [{name: A, env: X}]"), "app.yaml:3: secrets[0].env: the variable X is set twice"},
      {with("env: {X: 1}\nsecrets: [{name: A, inject: {host: h.org, header: H, base_url_env: X}}]"),
       "app.yaml:3: secrets[0].inject.base_url_env: the variable X is set twice"},
      {injecting("host: h.org"),
       "app.yaml:2: secrets[0].inject: needs header\napp.yaml:2: secrets[0].inject: needs base_url_env"},
      {injecting("header: H, base_url_env: CAPI_U"),
       "app.yaml:2: secrets[0].inject: needs host\napp.yaml:2: secrets[0].inject.base_url_env: names that begin with "
       "CAPI_ are capid's own"},
      {injecting("host: h.org, header: H, base_url_env: U, fromat: x"),
       "app.yaml:2: unknown key \"fromat\" in secrets[0].inject; did you mean \"format\"?"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(problems(one.text) == one.expected);
  }
}

TEST_CASE("a secret is injected for one host's exact name") {
  for (const char* good : {"h.org", "ci", "a-b.c_d.internal", "h.org:1", "h.org:65535"}) CHECK(with_host(good).empty());
  for (const char* bad : {"",          "*.org",    "h..org",       "h.org.",  "h.org:",     "h.org:0",    "h.org:65536",
                          "h.org:080", "h.org:+1", "10.0.0.1",     "127.1",   "0x7f000001", "2130706433", "h.0x1",
                          "[::1]",     "::1",      "http://h.org", "h.org/x", "u@h.org",    "h.org ",     "h%2eorg",
                          "h\\norg",   "-h.org"}) {
    CAPTURE(bad);
    CHECK(with_host(bad) == kHost);
  }
}

TEST_CASE("a secret is injected into a header that does not govern the connection") {
  for (const char* good : {"Authorization", "X-Api-Key", "x_1.y~", "Hosts", "Proxies"})
    CHECK(with_header(good).empty());
  for (const char* bad : {"Host", "content-length", "TRANSFER-ENCODING", "Connection", "Keep-Alive", "TE", "Trailer",
                          "Upgrade", "Expect", "Via", "HTTP2-Settings", "Proxy-Authorization", "proxy-x"}) {
    CAPTURE(bad);
    CHECK(with_header(bad) == kConnection);
  }
  for (const char* bad : {"", "A B", "A:", "A\\r\\nB", "Ä"}) {
    CAPTURE(bad);
    CHECK(with_header(bad) ==
          "app.yaml:2: secrets[0].inject.header: must be the name of a header such as Authorization");
  }
}

TEST_CASE("a format holds the secret's place once") {
  for (const char* good : {"{}", "Bearer {}", "token={}; v=1", "{{}}"}) CHECK(with_format(good).empty());
  for (const char* bad : {"", "Bearer", "{} {}", "{}\\r\\nX: 1", "{}\\n", "{ }", "{}ä"}) {
    CAPTURE(bad);
    CHECK(with_format(bad) == kFormat);
  }
  CHECK(with_format("{}" + std::string(254, 'x')).empty());
  CHECK(with_format("{}" + std::string(255, 'x')) == kFormat);
}

TEST_CASE("an app has at most seven injections and 32 secrets") {
  const auto injections = [](int count) {
    std::string text = "secrets:\n";
    for (int i = 0; i < count; ++i)
      text += "  - {name: A, inject: {host: h.org, header: H, base_url_env: U" + std::to_string(i) + "}}\n";
    return with(text);
  };
  CHECK(problems(injections(7)).empty());
  CHECK(problems(injections(8)) == "app.yaml:2: secrets: has more than 7 entries with inject");
  const auto variables = [](int count) {
    std::string text = "secrets:\n";
    for (int i = 0; i < count; ++i) text += "  - {name: A, env: V" + std::to_string(i) + "}\n";
    return with(text);
  };
  CHECK(problems(variables(32)).empty());
  CHECK(problems(variables(33)) == "app.yaml:2: secrets: has more than 32 entries");
}

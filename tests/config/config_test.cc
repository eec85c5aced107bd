// SPDX-License-Identifier: Apache-2.0
#include "config/config.h"

#include <cstdlib>

#include "base/paths.h"
#include "base/text.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::config;

namespace {

// What is wrong with a config, a line each; empty: nothing.
std::string problems(const std::string& text) {
  const auto config = parse(text, "config.yaml");
  if (config) return "";
  CHECK(config.error().code == Code::kInvalidParameter);
  return config.error().message;
}

std::string show(const std::optional<Listener>& listener) {
  if (!listener) return "refused";
  return listener->unix_path.empty() ? listener->address + " " + std::to_string(listener->port) : listener->unix_path;
}

std::string show(const Provider& provider) {
  const std::vector<std::string> parts{provider.name,        provider.base_url, provider.api_key_file,
                                       provider.api_key_env, provider.protocol, std::to_string(provider.concurrency)};
  return base::join(parts, "|");
}

std::string show(const Model& model) {
  const std::vector<std::string> parts{model.id,
                                       model.provider,
                                       model.upstream,
                                       std::to_string(model.price_input),
                                       std::to_string(model.price_output),
                                       std::to_string(model.price_cached)};
  return base::join(parts, "|");
}

// A provider and a model, to be followed by more.
const std::string kModels =
    "providers:\n  local: {base_url: \"http://127.0.0.1:1\"}\nmodels:\n  - {id: small, provider: local}\n";

// A variable of the environment, as it was before once this is gone.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

}   // namespace

TEST_CASE("every key is read") {
  const Config config = parse(R"(
listen: [127.0.0.1:8080, "[::1]:0", "unix:/run/capid.sock"]
public_url: https://capid.example.com/base//
data: /srv/capid
apps: /srv/apps
runs: {concurrency: 3, queue_limit: 50, min_free_disk: 1GiB, default_timeout: 5m, shutdown_grace: 0s}
rate_limit: {requests_per_minute: 99}
webhooks: {allow: [10.0.0.0/8, hooks.example.com], retries: 0, retry_base: 500ms, timeout: 30s}
egress: {allow: [192.168.0.0/16, git.internal]}
credits: {enforce: true, starting_balance: 10.5, per_run: 0.000001, per_cpu_second: 2}
providers:
  first: {base_url: "https://api.example.com/v1/", api_key_file: /etc/key, protocol: messages, concurrency: 5}
  second: {base_url: "http://localhost:11434", api_key_env: SECOND_KEY}
models:
  - {id: large, provider: first, upstream: large-2026, price: {input: 1.5, output: 3, cached: 0.25}, accepts: [image, pdf], max_output_tokens: 32000}
  - {id: small, provider: second}
default_model: small
user: capid
sandbox: {strict: true, mount_allow: [/srv/data, /opt]}
web_search: {searxng: "http://127.0.0.1:8888/"}
retention:
  runs: 7d
  artifacts: 12h
  events: 2d
  size: 10GiB
  deliveries: 3d
  audit: 4d
  apps: {bills: {runs: 3650d, files: 30d}}
tls: {certificate: /etc/cert.pem, key: /etc/key.pem}
trusted_proxies: [127.0.0.1, 10.0.0.0/8]
)",
                              "config.yaml")
                            .value();
  CHECK(config.file == "config.yaml");
  REQUIRE(config.listen.size() == 3);
  CHECK(show(config.listen[0]) == "127.0.0.1 8080");
  CHECK(show(config.listen[1]) == "::1 0");
  CHECK(show(config.listen[2]) == "/run/capid.sock");
  CHECK(config.public_url == "https://capid.example.com/base");
  CHECK(config.data == "/srv/capid");
  CHECK(config.apps == "/srv/apps");
  CHECK(config.runs.concurrency == 3);
  CHECK(config.runs.queue_limit == 50);
  CHECK(config.runs.default_timeout_ms == 300'000);
  CHECK(config.runs.shutdown_grace_ms == 0);
  CHECK(config.requests_per_minute == 99);
  CHECK(base::join(config.webhooks.allow, " ") == "10.0.0.0/8 hooks.example.com");
  CHECK(base::join(config.egress.allow, " ") == "192.168.0.0/16 git.internal");
  CHECK(config.webhooks.retries == 0);
  CHECK(config.webhooks.retry_base_ms == 500);
  CHECK(config.webhooks.timeout_ms == 30'000);
  CHECK(config.credits.enforce);
  CHECK(config.credits.starting_balance == 10'500'000);
  CHECK(config.credits.per_run == 1);
  CHECK(config.credits.per_cpu_second == 2'000'000);
  REQUIRE(config.providers.size() == 2);
  CHECK(show(config.providers[0]) == "first|https://api.example.com/v1|/etc/key||messages|5");
  CHECK(show(config.providers[1]) == "second|http://localhost:11434||SECOND_KEY|chat_completions|64");
  REQUIRE(config.models.size() == 2);
  CHECK(show(config.models[0]) == "large|first|large-2026|1500000|3000000|250000");
  CHECK(show(config.models[1]) == "small|second|small|0|0|0");
  CHECK(config.models[0].accepts == std::vector<std::string>{"image", "pdf"});
  CHECK(config.models[0].max_output_tokens == 32'000);
  CHECK(config.models[1].accepts.empty());
  CHECK(config.models[1].max_output_tokens == 8'192);
  CHECK(config.default_model == "small");
  CHECK(config.user == "capid");
  CHECK(config.sandbox.strict);
  CHECK(base::join(config.sandbox.mount_allow, " ") == "/srv/data /opt");
  CHECK(config.searxng == "http://127.0.0.1:8888");
  CHECK(config.runs.min_free_disk == 1 << 30);
  CHECK(config.retention.all.runs_ms == 7 * kDayMs);
  CHECK_FALSE(config.retention.all.files_ms);
  CHECK(config.retention.all.artifacts_ms == kDayMs / 2);
  CHECK(config.retention.all.events_ms == 2 * kDayMs);
  CHECK(config.retention.all.bytes == int64_t{10} << 30);
  CHECK(config.retention.deliveries_ms == 3 * kDayMs);
  CHECK(config.retention.audit_ms == 4 * kDayMs);
  const Kept& bills = config.retention.apps.at("bills");
  CHECK(bills.runs_ms == 3650 * kDayMs);
  CHECK(bills.files_ms == 30 * kDayMs);
  CHECK(bills.artifacts_ms == kDayMs / 2);
  CHECK_FALSE(bills.bytes);
  REQUIRE(config.tls);
  CHECK(config.tls->certificate == "/etc/cert.pem");
  CHECK(config.tls->key == "/etc/key.pem");
  CHECK(base::join(config.trusted_proxies, " ") == "127.0.0.1 10.0.0.0/8");
}

TEST_CASE("an empty config has the defaults") {
  for (const Config& config : {parse("", "").value(), load("").value(), parse("runs:\nlisten:\n", "").value()}) {
    CHECK(config.file.empty());
    REQUIRE(config.listen.size() == 1);
    CHECK(show(config.listen[0]) == "127.0.0.1 8080");
    CHECK(config.public_url.empty());
    CHECK(config.data.empty());
    CHECK(config.apps.empty());
    CHECK(config.runs.concurrency == 8);
    CHECK(config.runs.queue_limit == 10'000);
    CHECK(config.runs.default_timeout_ms == 600'000);
    CHECK(config.runs.shutdown_grace_ms == 30'000);
    CHECK(config.requests_per_minute == 30);
    CHECK(config.webhooks.allow.empty());
    CHECK(config.egress.allow.empty());
    CHECK(config.webhooks.retries == 3);
    CHECK(config.webhooks.retry_base_ms == 2'000);
    CHECK(config.webhooks.timeout_ms == 15'000);
    CHECK_FALSE(config.credits.enforce);
    CHECK(config.credits.starting_balance == 0);
    CHECK(config.credits.per_run == 1'000'000);
    CHECK(config.credits.per_cpu_second == 0);
    CHECK(config.providers.empty());
    CHECK(config.models.empty());
    CHECK(config.default_model.empty());
    CHECK(config.user.empty());
    CHECK_FALSE(config.sandbox.strict);
    CHECK(config.sandbox.mount_allow.empty());
    CHECK(config.searxng.empty());
    CHECK(config.runs.min_free_disk == 512 << 20);
    CHECK(config.retention.all.runs_ms == 90 * kDayMs);
    CHECK(config.retention.all.artifacts_ms == 30 * kDayMs);
    CHECK_FALSE(config.retention.all.files_ms);
    CHECK_FALSE(config.retention.all.events_ms);
    CHECK_FALSE(config.retention.all.bytes);
    CHECK(config.retention.deliveries_ms == 30 * kDayMs);
    CHECK(config.retention.audit_ms == 365 * kDayMs);
    CHECK(config.retention.apps.empty());
    CHECK_FALSE(config.tls);
    CHECK(config.trusted_proxies.empty());
  }
}

TEST_CASE("the example says every default, and nothing else") {
  Config example = load(CAPID_TOP "/config.example.yaml").value();
  example.file.clear();
  CHECK(example == load("").value());
}

TEST_CASE("what is wrong is told with file, line and key") {
  const std::string listen = "must be ADDRESS:PORT with a numeric address, such as 127.0.0.1:8080, or unix:/PATH";
  const std::string plain = std::string("must be ") + base::kPlainPathForm;
  const std::string place =
      "must be a range such as 10.0.0.0/8 (no bit set after its prefix), an address, or a host's exact name such as "
      "ci.internal";
  struct Case {
    std::string text, expected;
  };
  const Case cases[] = {
      {"runs:\n  concurency: 2", "config.yaml:2: unknown key \"concurency\" in runs; did you mean \"concurrency\"?"},
      {"lisen: x", "config.yaml:1: unknown key \"lisen\"; did you mean \"listen\"?"},
      {"\n\nqqq: x", "config.yaml:3: unknown key \"qqq\""},
      {"user: a\nuser: b", "config.yaml:2: user: is given twice"},
      {"- a", "config.yaml:1: must be a mapping of keys to values"},
      {"runs: 5", "config.yaml:1: runs: must be a mapping of keys to values"},
      {"user: [a]", "config.yaml:1: user: must be text"},

      {"listen: example.com:80",
       "config.yaml:1: listen: " + listen + "\nconfig.yaml:1: listen: names nothing to listen on"},
      {"listen:\n  - 127.0.0.1:80\n  - bad", "config.yaml:3: listen[1]: " + listen},
      {"listen: []", "config.yaml:1: listen: names nothing to listen on"},
      {"public_url: ftp://a", "config.yaml:1: public_url: must be an http or https URL"},
      {"public_url: \"http://a b\"", "config.yaml:1: public_url: must be an http or https URL"},
      {"public_url: https://", "config.yaml:1: public_url: must be an http or https URL"},
      {"data: relative/path", "config.yaml:1: data: must be an absolute path"},
      {"apps: ~/apps", "config.yaml:1: apps: must be an absolute path"},
      {"web_search: {searxng: localhost}", "config.yaml:1: web_search.searxng: must be an http or https URL"},

      {"runs: {concurrency: 0}", "config.yaml:1: runs.concurrency: must be a whole number from 1 to 10000"},
      {"runs: {queue_limit: 10000001}", "config.yaml:1: runs.queue_limit: must be a whole number from 1 to 10000000"},
      {"runs: {default_timeout: 10}",
       "config.yaml:1: runs.default_timeout: must be a time with its unit, such as 30s, 10m or 2h, from 1000ms to "
       "604800s"},
      {"runs: {shutdown_grace: 25h}",
       "config.yaml:1: runs.shutdown_grace: must be a time with its unit, such as 30s, 10m or 2h, from 0ms to 86400s"},
      {"rate_limit: {requests_per_minute: 0}",
       "config.yaml:1: rate_limit.requests_per_minute: must be a whole number from 1 to 1000000"},
      {"webhooks: {retries: 4}", "config.yaml:1: webhooks.retries: must be a whole number from 0 to 3"},
      {"webhooks: {allow: example.com}", "config.yaml:1: webhooks.allow: must be a list"},
      {"webhooks:\n  allow:\n    - 10.0.0.0/8\n    - 10.0.0.1/8\n    - ci.internal\n    - \"*.internal\"",
       "config.yaml:4: webhooks.allow[1]: " + place + "\nconfig.yaml:6: webhooks.allow[3]: " + place},
      {"webhooks: {allow: [\"http://ci.internal\"]}", "config.yaml:1: webhooks.allow[0]: " + place},
      {"webhooks: {allow: [[10.0.0.0/8]]}", "config.yaml:1: webhooks.allow[0]: must be text"},
      {"egress: {allow: [\"*.internal\"]}", "config.yaml:1: egress.allow[0]: " + place},
      {"egress: {alow: []}", "config.yaml:1: unknown key \"alow\" in egress; did you mean \"allow\"?"},
      {"webhooks: {timeout: 121s}",
       "config.yaml:1: webhooks.timeout: must be a time with its unit, such as 30s, 10m or 2h, from 100ms to 120s"},
      {"credits: {enforce: yes}", "config.yaml:1: credits.enforce: must be true or false"},
      {"credits: {per_run: -1}",
       "config.yaml:1: credits.per_run: must be an amount of credits of 0 or more, with at most six decimals"},
      {"credits: {per_run: 0.0000001}",
       "config.yaml:1: credits.per_run: must be an amount of credits of 0 or more, with at most six decimals"},
      {"retention: {runs: 0s}",
       "config.yaml:1: retention.runs: must be a time with its unit, such as 30s, 10m or 2h, from 1000ms to "
       "3153600000s"},
      {"sandbox: {mount_allow: [srv, /opt/../etc, /opt]}",
       "config.yaml:1: sandbox.mount_allow[0]: " + plain + "\nconfig.yaml:1: sandbox.mount_allow[1]: " + plain},
      {"tls: {certificate: /a}", "config.yaml:1: tls: needs both certificate and key"},
      {"tls: {certificate: a, key: /b}",
       "config.yaml:1: tls.certificate: must be an absolute path\nconfig.yaml:1: tls: needs both certificate and key"},
      {"trusted_proxies: 127.0.0.1", "config.yaml:1: trusted_proxies: must be a list"},

      {"providers: [a]", "config.yaml:1: providers: must be a mapping of keys to values"},
      {"providers:\n  a: {}", "config.yaml:2: providers.a: needs base_url, where its API answers"},
      {"providers:\n  a: {base_url: http://a, protocol: message}",
       "config.yaml:2: providers.a.protocol: must be one of chat_completions, responses, messages; did you mean "
       "\"messages\"?"},
      {"providers:\n  a: {base_url: http://a, api_key_file: /k, api_key_env: K}",
       "config.yaml:2: providers.a: give api_key_file or api_key_env, not both"},
      {"providers:\n  a: {base_url: http://a, api_key: sk-1}", "config.yaml:2: unknown key \"api_key\" in providers.a"},
      {"models: {}", "config.yaml:1: models: must be a list"},
      {"models:\n  - {id: m, provider: a}", "config.yaml:2: models[0]: provider \"a\" is not among providers"},
      {kModels + "  - {id: big, provider: loacl}",
       "config.yaml:5: models[1]: provider \"loacl\" is not among providers; did you mean \"local\"?"},
      {kModels + "  - {provider: local}", "config.yaml:5: models[1]: needs an id"},
      {kModels + "  - {id: m, provider: local, accepts: [image, video]}",
       "config.yaml:5: models[1].accepts[1]: must be image or pdf"},
      {kModels + "  - {id: m, provider: local, max_output_tokens: 0}",
       "config.yaml:5: models[1].max_output_tokens: must be a whole number from 1 to 10000000"},
      {kModels + "  - {id: small, provider: local}", "config.yaml:5: models[1]: the model \"small\" is listed twice"},
      {kModels + "  - {id: b, provider: local, price: {inputs: 1}}",
       "config.yaml:5: unknown key \"inputs\" in models[1].price; did you mean \"input\"?"},
      {kModels + "default_model: smal",
       "config.yaml:5: default_model: \"smal\" is not among models; did you mean \"small\"?"},
      {"default_model: small", "config.yaml:1: default_model: \"small\" is not among models"},

      {"nope: 1\nruns: {concurrency: 0}\ncredits: {enforce: maybe}",
       "config.yaml:2: runs.concurrency: must be a whole number from 1 to 10000\nconfig.yaml:3: credits.enforce: must "
       "be true or false\n"
       "config.yaml:1: unknown key \"nope\""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(problems(one.text) == one.expected);
  }
  CHECK(problems("runs: {concurrency: 2").starts_with("config.yaml:1: this is not valid YAML: "));
}

TEST_CASE("a listener is a numeric address with its port, or a Unix socket") {
  struct Case {
    std::string text, expected;
  };
  const Case cases[] = {
      {"127.0.0.1:8080", "127.0.0.1 8080"},
      {"0.0.0.0:0", "0.0.0.0 0"},
      {"10.1.2.3:65535", "10.1.2.3 65535"},
      {"localhost:80", "127.0.0.1 80"},
      {"[::1]:8080", "::1 8080"},
      {"[fe80::1]:1", "fe80::1 1"},
      {"unix:/run/capid.sock", "/run/capid.sock"},
      {"unix:/" + std::string(106, 'a'), "/" + std::string(106, 'a')},
      {"unix:/" + std::string(107, 'a'), "refused"},   // more than a socket's address holds
      {"unix:relative", "refused"},
      {"unix:", "refused"},
      {"", "refused"},
      {":80", "refused"},
      {"8080", "refused"},
      {"127.0.0.1", "refused"},
      {"127.0.0.1:", "refused"},
      {"127.0.0.1:65536", "refused"},
      {"127.0.0.1:-1", "refused"},
      {"127.0.0.1:80a", "refused"},
      {"127.0.0.1: 80", "refused"},
      {"127.0.0.256:80", "refused"},
      {"127.1:80", "refused"},
      {"example.com:80", "refused"},
      {"::1:80", "refused"},
      {"[::1]", "refused"},
      {"[::1:80", "refused"},
      {"[127.0.0.1]:80", "refused"},
      {"[localhost]:80", "refused"},
      {"[]:80", "refused"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(show(parse_listener(one.text)) == one.expected);
  }
}

TEST_CASE("a config is read from its file, under the name by which it was given") {
  const test::TempFolder folder;
  folder.write("capid.yaml", "user: capid\n");
  CHECK(load(folder / "capid.yaml").value().user == "capid");
  folder.write("capid.yaml", "usr: capid\n");
  CHECK(load(folder / "capid.yaml").error().message ==
        folder / "capid.yaml:1: unknown key \"usr\"; did you mean \"user\"?");
  CHECK(load(folder / "none.yaml").error().message ==
        folder / "none.yaml: cannot be read (open: No such file or directory)");
  CHECK_FALSE(load(folder.path()));
  folder.write("large.yaml", "#" + std::string(1 << 20, 'x'));
  CHECK_FALSE(load(folder / "large.yaml"));
}

TEST_CASE("the data folder is the service's, else the user's") {
  const Variable no_state("STATE_DIRECTORY", nullptr), no_data("XDG_DATA_HOME", nullptr), no_home("HOME", nullptr);
  CHECK(default_data_folder() == "/var/lib/capid");
  const Variable relative("XDG_DATA_HOME", "relative");
  CHECK(default_data_folder() == "/var/lib/capid");
  const Variable data("XDG_DATA_HOME", "/home/ada/.data");
  CHECK(default_data_folder() == "/home/ada/.data/capid");
  const Variable state("STATE_DIRECTORY", "/var/lib/private/capid");
  CHECK(default_data_folder() == "/var/lib/private/capid");
}

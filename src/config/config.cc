// SPDX-License-Identifier: Apache-2.0
#include "config/config.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/fd.h"
#include "base/ip.h"
#include "base/paths.h"
#include "base/text.h"
#include "base/yaml.h"

namespace capid::config {
namespace {

using base::YamlMap;
using base::YamlProblems;
using base::YamlValue;

constexpr size_t kMaxFileSize = 1 << 20;
constexpr int64_t kHundredYearsMs = 36'500 * kDayMs;

bool is_http_url(const std::string& text) {
  const bool scheme = text.starts_with("http://") || text.starts_with("https://");
  return scheme && text.find_first_of(" \t\r\n\\") == std::string::npos && text.find("://") + 3 < text.size();
}

void read_url(YamlMap& map, const std::string& key, std::string& out) {
  const auto value = map.take(key);
  if (!value) return;
  const auto text = value->text();
  if (!text) return;
  if (!is_http_url(*text)) return value->problem("must be an http or https URL");
  out = *text;
  while (out.ends_with('/')) out.pop_back();
}

void read_path(YamlMap& map, const std::string& key, std::string& out) {
  const auto value = map.take(key);
  if (!value) return;
  const auto text = value->text();
  if (!text) return;
  if (!text->starts_with('/')) return value->problem("must be an absolute path");
  out = *text;
}

template <typename Reader>
void read_section(YamlMap& root, const std::string& key, Reader reader) {
  const auto value = root.take(key);
  if (!value) return;
  YamlMap section = value->map();
  reader(section);
  section.finish();
}

void read_listen(YamlMap& root, std::vector<Listener>& out) {
  const auto value = root.take("listen");
  if (!value) return;
  out.clear();
  const auto add = [&](const YamlValue& one) {
    const auto text = one.text();
    if (!text) return;
    if (const auto listener = parse_listener(*text)) {
      out.push_back(*listener);
    } else {
      one.problem("must be ADDRESS:PORT with a numeric address, such as 127.0.0.1:8080, or unix:/PATH");
    }
  };
  if (value->is_list()) {
    for (const YamlValue& one : value->items()) add(one);
  } else {
    add(*value);
  }
  if (out.empty()) value->problem("names nothing to listen on");
}

void read_providers(YamlMap& root, std::vector<Provider>& out) {
  const auto value = root.take("providers");
  if (!value) return;
  for (const auto& [name, entry] : value->map().entries()) {
    YamlMap map = entry.map();
    Provider provider{.name = name};
    read_url(map, "base_url", provider.base_url);
    read_path(map, "api_key_file", provider.api_key_file);
    map.read("api_key_env", provider.api_key_env);
    map.read_choice("protocol", provider.protocol, {"chat_completions", "responses", "messages"});
    std::string auth;
    map.read_choice("auth", auth, {"bearer"});
    provider.wants_bearer = !auth.empty();
    map.read("concurrency", provider.concurrency, 1, 10'000);
    map.read_duration("timeout", provider.timeout_ms, 100, 3'600'000);
    map.finish();
    if (provider.base_url.empty()) entry.problem("needs base_url, where its API answers");
    if (!provider.api_key_file.empty() && !provider.api_key_env.empty())
      entry.problem("give api_key_file or api_key_env, not both");
    out.push_back(std::move(provider));
  }
}

void read_price(YamlMap& map, Model& model) {
  read_section(map, "price", [&](YamlMap& price) {
    price.read_micro("input", model.price_input);
    price.read_micro("output", model.price_output);
    model.price_cached = model.price_input;
    price.read_micro("cached", model.price_cached);
  });
}

void read_accepts(YamlMap& map, Model& model) {
  const auto value = map.take("accepts");
  if (!value) return;
  for (const YamlValue& item : value->items()) {
    const std::string kind = item.text().value_or("");
    if (kind != "image" && kind != "pdf") item.problem("must be image or pdf");
    model.accepts.push_back(kind);
  }
}

void read_models(YamlMap& root, const std::vector<Provider>& providers, std::vector<Model>& out) {
  const auto value = root.take("models");
  if (!value) return;
  std::vector<std::string> names;
  for (const Provider& provider : providers) names.push_back(provider.name);
  for (const YamlValue& entry : value->items()) {
    YamlMap map = entry.map();
    Model model;
    map.read("id", model.id);
    map.read("provider", model.provider);
    map.read("upstream", model.upstream);
    read_price(map, model);
    read_accepts(map, model);
    map.read("max_output_tokens", model.max_output_tokens, 1, 10'000'000);
    map.finish();
    if (model.id.empty()) entry.problem("needs an id");
    if (model.upstream.empty()) model.upstream = model.id;
    if (std::find(names.begin(), names.end(), model.provider) == names.end()) {
      entry.problem("provider \"" + model.provider + "\" is not among providers" +
                    base::did_you_mean(model.provider, names));
    }
    const bool twice = std::any_of(out.begin(), out.end(), [&](const Model& other) { return other.id == model.id; });
    if (twice) entry.problem("the model \"" + model.id + "\" is listed twice");
    out.push_back(std::move(model));
  }
}

void read_default_model(YamlMap& root, Config& config) {
  const auto value = root.take("default_model");
  if (!value) return;
  config.default_model = value->text().value_or("");
  std::vector<std::string> ids;
  for (const Model& model : config.models) ids.push_back(model.id);
  if (std::find(ids.begin(), ids.end(), config.default_model) == ids.end()) {
    value->problem("\"" + config.default_model + "\" is not among models" +
                   base::did_you_mean(config.default_model, ids));
  }
}

void read_runs(YamlMap& root, Runs& runs) {
  read_section(root, "runs", [&](YamlMap& map) {
    map.read("concurrency", runs.concurrency, 1, 10'000);
    map.read("queue_limit", runs.queue_limit, 1, 10'000'000);
    map.read_bytes("min_free_disk", runs.min_free_disk, 0, int64_t{1} << 50);
    map.read_duration("default_timeout", runs.default_timeout_ms, 1'000, 7 * kDayMs);
    map.read_duration("shutdown_grace", runs.shutdown_grace_ms, 0, kDayMs);
  });
}

// Who may be called although it is not public. A mistake here would open or close more than was meant, so it is found
// when the config is read.
void read_places(YamlMap& map, std::vector<std::string>& out) {
  const auto value = map.take("allow");
  if (!value) return;
  for (const YamlValue& item : value->items()) {
    const auto text = item.text();
    if (text && !base::parse_place(*text)) item.problem("must be " + std::string(base::kPlaceForms));
    if (text) out.push_back(*text);
  }
}

void read_webhooks(YamlMap& root, Webhooks& webhooks) {
  read_section(root, "webhooks", [&](YamlMap& map) {
    read_places(map, webhooks.allow);
    map.read("retries", webhooks.retries, 0, 3);
    map.read_duration("retry_base", webhooks.retry_base_ms, 100, kDayMs);
    map.read_duration("timeout", webhooks.timeout_ms, 100, 120'000);
  });
}

void read_egress(YamlMap& root, Egress& egress) {
  read_section(root, "egress", [&](YamlMap& map) { read_places(map, egress.allow); });
}

void read_credits(YamlMap& root, Credits& credits) {
  read_section(root, "credits", [&](YamlMap& map) {
    map.read("enforce", credits.enforce);
    map.read_micro("starting_balance", credits.starting_balance);
    map.read_micro("per_run", credits.per_run);
    map.read_micro("per_cpu_second", credits.per_cpu_second);
  });
}

void read_tls(YamlMap& root, std::optional<Tls>& tls) {
  read_section(root, "tls", [&](YamlMap& map) {
    tls.emplace();
    read_path(map, "certificate", tls->certificate);
    read_path(map, "key", tls->key);
    if (tls->certificate.empty() || tls->key.empty()) map.where().problem("needs both certificate and key");
  });
}

void read_mount_allow(YamlMap& map, std::vector<std::string>& out) {
  const auto value = map.take("mount_allow");
  if (!value) return;
  for (const YamlValue& item : value->items()) {
    const auto text = item.text();
    if (text && !base::is_plain_path(*text)) item.problem(std::string("must be ") + base::kPlainPathForm);
    if (text) out.push_back(*text);
  }
}

void read_kept(YamlMap& map, Kept& kept) {
  const auto read_age = [&](const char* key, auto& out) {
    if (const auto value = map.take(key)) out = value->duration_ms(1'000, kHundredYearsMs).value_or(0);
  };
  read_age("runs", kept.runs_ms);
  read_age("files", kept.files_ms);
  read_age("artifacts", kept.artifacts_ms);
  read_age("events", kept.events_ms);
  if (const auto size = map.take("size")) kept.bytes = size->bytes(1 << 20, int64_t{1} << 60);
}

void read_retention(YamlMap& map, Retention& retention) {
  read_kept(map, retention.all);
  map.read_duration("deliveries", retention.deliveries_ms, 1'000, kHundredYearsMs);
  map.read_duration("audit", retention.audit_ms, 1'000, kHundredYearsMs);
  const auto apps = map.take("apps");
  if (!apps) return;
  for (const auto& [app, entry] : apps->map().entries()) {
    Kept kept = retention.all;
    kept.bytes.reset();
    YamlMap own = entry.map();
    read_kept(own, kept);
    own.finish();
    retention.apps.emplace(app, kept);
  }
}

Config read_config(YamlMap& root) {
  Config config;
  read_listen(root, config.listen);
  read_url(root, "public_url", config.public_url);
  read_path(root, "data", config.data);
  read_path(root, "apps", config.apps);
  read_runs(root, config.runs);
  read_section(root, "rate_limit",
               [&](YamlMap& map) { map.read("requests_per_minute", config.requests_per_minute, 1, 1'000'000); });
  read_webhooks(root, config.webhooks);
  read_egress(root, config.egress);
  read_credits(root, config.credits);
  read_providers(root, config.providers);
  read_models(root, config.providers, config.models);
  read_default_model(root, config);
  root.read("user", config.user);
  read_section(root, "sandbox", [&](YamlMap& map) {
    map.read("strict", config.sandbox.strict);
    read_mount_allow(map, config.sandbox.mount_allow);
  });
  read_section(root, "web_search", [&](YamlMap& map) { read_url(map, "searxng", config.searxng); });
  read_section(root, "retention", [&](YamlMap& map) { read_retention(map, config.retention); });
  read_tls(root, config.tls);
  root.read("trusted_proxies", config.trusted_proxies);
  root.finish();
  return config;
}

}   // namespace

std::optional<Listener> parse_listener(const std::string& text) {
  if (text.starts_with("unix:")) {
    Listener listener{.unix_path = text.substr(5)};
    constexpr size_t kLongestSocketPath = 107;
    const bool good = listener.unix_path.starts_with('/') && listener.unix_path.size() <= kLongestSocketPath;
    return good ? std::optional(listener) : std::nullopt;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string address = text.substr(0, colon);
  const auto port = base::to_integer(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return std::nullopt;
  if (address == "localhost") address = "127.0.0.1";
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  in6_addr parsed{};
  if (inet_pton(bracketed ? AF_INET6 : AF_INET, address.c_str(), &parsed) != 1) return std::nullopt;
  return Listener{.address = address, .port = static_cast<uint16_t>(*port)};
}

Result<Config> parse(const std::string& text, const std::string& file) {
  YamlProblems problems(file);
  Config config;
  if (auto root = base::parse_yaml(text, problems)) config = read_config(*root);
  if (!problems.lines().empty()) return Error{Code::kInvalidParameter, base::join(problems.lines(), "\n")};
  if (config.listen.empty()) config.listen.push_back({.address = "127.0.0.1", .port = 8080});
  config.file = file;
  return config;
}

Result<Config> load(const std::string& path) {
  if (path.empty()) return parse("", "");
  auto text = base::read_file(path, kMaxFileSize);
  if (!text) return Error{Code::kInvalidParameter, path + ": cannot be read (" + text.error().detail + ")"};
  return parse(*text, path);
}

std::string default_data_folder() {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value && *value == '/' ? value : "";
  };
  if (const auto state = variable("STATE_DIRECTORY"); !state.empty()) return state;
  if (const auto data_home = variable("XDG_DATA_HOME"); !data_home.empty()) return data_home + "/capid";
  const auto home = variable("HOME");
  return ::geteuid() == 0 || home.empty() ? "/var/lib/capid" : home + "/.local/share/capid";
}

}   // namespace capid::config

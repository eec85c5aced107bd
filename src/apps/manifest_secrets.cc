// SPDX-License-Identifier: Apache-2.0
#include "apps/manifest_secrets.h"

#include <algorithm>
#include <array>

#include "base/ip.h"
#include "base/text.h"
#include "store/secrets.h"

namespace capid::apps {
namespace {

using base::YamlMap;
using base::YamlValue;

constexpr size_t kMostSecrets = 32;
constexpr size_t kMostInjections = 7;   // each takes a listening socket inside the sandbox
constexpr size_t kLongestFormat = 256;

// What decides how a request is framed, where it goes and how long its connection lives is capid's to say.
constexpr std::array<std::string_view, 11> kConnectionHeaders{
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
    "via",  "http2-settings"};

// A field's name as RFC 9110 has it.
bool is_field_name(std::string_view text) {
  constexpr size_t kLongest = 64;
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool governs_connection(const std::string& header) {
  const std::string name = base::to_lower(header);
  return name.starts_with("proxy-") ||
         std::find(kConnectionHeaders.begin(), kConnectionHeaders.end(), name) != kConnectionHeaders.end();
}

bool is_host_with_port(std::string_view text) {
  const size_t colon = text.find(':');
  if (!base::host_name_fault(text.substr(0, colon)).empty()) return false;
  if (colon == std::string_view::npos) return true;
  const auto port = base::to_integer(text.substr(colon + 1));
  return port && *port >= 1 && *port <= 65'535 && std::to_string(*port) == text.substr(colon + 1);
}

bool is_format(std::string_view text) {
  const size_t place = text.find("{}");
  return text.size() <= kLongestFormat && place != std::string_view::npos &&
         text.find("{}", place + 2) == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// A key that must be there: `read` is given its text.
template <typename Read>
void need(YamlMap& map, const std::string& key, Read read) {
  const auto value = map.take(key);
  if (!value) return map.where().problem("needs " + key);
  if (const auto text = value->text()) read(*value, *text);
}

SecretInjection read_injection(const YamlValue& where, Variables& variables) {
  YamlMap map = where.map();
  SecretInjection injection{.host = {}, .header = {}, .format = "{}", .base_url_env = {}};
  need(map, "host", [&](const YamlValue& value, const std::string& text) {
    if (!is_host_with_port(text))
      value.problem("must be a host's exact name such as api.github.com, with a port or without, and no address");
    injection.host = base::to_lower(text);
  });
  need(map, "header", [&](const YamlValue& value, const std::string& text) {
    if (!is_field_name(text)) value.problem("must be the name of a header such as Authorization");
    if (governs_connection(text)) value.problem("must not be a header that governs the connection");
    injection.header = text;
  });
  if (const auto value = map.take("format")) {
    injection.format = value->text().value_or("{}");
    if (!is_format(injection.format))
      value->problem("must hold {} exactly once, where the secret goes, in at most 256 printable characters");
  }
  need(map, "base_url_env", [&](const YamlValue& value, const std::string& text) {
    variables.add(text, value);
    injection.base_url_env = text;
  });
  map.finish();
  return injection;
}

SecretUse read_use(const YamlValue& where, Variables& variables) {
  YamlMap map = where.map();
  SecretUse use;
  need(map, "name", [&](const YamlValue& value, const std::string& text) {
    if (!store::is_secret_name(text)) value.problem("must be " + std::string(store::kSecretNameForm));
    use.name = text;
  });
  const auto env = map.take("env");
  const auto inject = map.take("inject");
  if (env.has_value() == inject.has_value())
    where.problem(
        "needs either env, the variable that holds the secret, or inject, where capid adds it to the agent's requests");
  if (env) {
    use.env = env->text().value_or("");
    variables.add(use.env, *env);
  }
  if (inject) use.inject = read_injection(*inject, variables);
  map.finish();
  return use;
}

}   // namespace

void read_secrets(YamlMap& root, Variables& variables, std::vector<SecretUse>& out) {
  const auto value = root.take("secrets");
  if (!value) return;
  for (const YamlValue& item : value->items()) out.push_back(read_use(item, variables));
  if (out.size() > kMostSecrets) value->problem("has more than " + std::to_string(kMostSecrets) + " entries");
  const auto injections = std::count_if(out.begin(), out.end(), [](const SecretUse& use) { return use.inject; });
  if (static_cast<size_t>(injections) > kMostInjections)
    value->problem("has more than " + std::to_string(kMostInjections) + " entries with inject");
}

}   // namespace capid::apps

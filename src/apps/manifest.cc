// SPDX-License-Identifier: Apache-2.0
#include "apps/manifest.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "apps/inputs.h"
#include "apps/manifest_agent.h"
#include "apps/manifest_mounts.h"
#include "apps/manifest_names.h"
#include "apps/manifest_network.h"
#include "apps/manifest_secrets.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/yaml.h"
#include "files/types.h"

namespace capid::apps {
namespace {

using base::YamlMap;
using base::YamlProblems;
using base::YamlValue;

constexpr size_t kMaxManifestSize = 1 << 20;
constexpr size_t kMaxInputs = 100;
constexpr size_t kMaxEnvironment = 32 << 10;   // what crosses to the fork server in one message is bounded
constexpr int64_t kMiB = 1 << 20;
constexpr int64_t kGiB = 1 << 30;

constexpr std::array<std::string_view, 9> kTypeNames{"text",   "textarea", "integer", "number", "boolean",
                                                     "select", "date",     "url",     "file"};

void read_number(YamlMap& map, const std::string& key, std::optional<double>& out) {
  if (const auto value = map.take(key)) out = value->number();
}

void read_type(YamlMap& map, InputField& field) {
  std::string type = "text";
  map.read_choice("type", type, {kTypeNames.begin(), kTypeNames.end()});
  const auto found = std::find(kTypeNames.begin(), kTypeNames.end(), type);
  field.type = static_cast<InputType>(found - kTypeNames.begin());
}

void read_accept(YamlMap& map, InputField& field) {
  const auto value = map.take("accept");
  if (!value) return;
  if (field.type != InputType::kFile) return value->problem("is for inputs of type file");
  for (const YamlValue& item : value->items()) {
    auto extension = base::to_lower(item.text().value_or(""));
    if (extension.starts_with('.')) extension.erase(0, 1);
    if (!files::type_of_extension(extension))
      item.problem("\"" + extension + "\" is not an extension that capid accepts");
    field.accept.push_back(extension);
  }
}

void read_default(YamlMap& map, InputField& field) {
  const auto value = map.take("default");
  if (!value) return;
  if (field.type == InputType::kFile) return value->problem("a file cannot have a default");
  auto checked = check_value(field, value->json());
  if (!checked) return value->problem(checked.error().message);
  field.default_value = *checked;
}

void read_input(const std::string& name, const YamlValue& where, Manifest& manifest) {
  YamlMap map = where.map();
  InputField field{.name = name};
  if (!is_name(name, "-"))
    where.problem("an input's name is 1 to 64 letters, digits, '_' and '-', beginning with a letter");
  if (name == "files") where.problem("\"files\" is the name under which attachments are sent: choose another");
  read_type(map, field);
  map.read("label", field.label);
  map.read("description", field.description);
  map.read("required", field.required);
  map.read("options", field.options);
  read_number(map, "minimum", field.minimum);
  read_number(map, "maximum", field.maximum);
  if (const auto value = map.take("max_length")) field.max_length = value->integer(1, kMiB);
  read_accept(map, field);
  if ((field.type == InputType::kSelect) == field.options.empty())
    where.problem("options and the type select go together");
  read_default(map, field);
  map.finish();
  manifest.inputs.push_back(std::move(field));
}

void read_inputs(YamlMap& root, Manifest& manifest) {
  const auto value = root.take("inputs");
  if (!value) return;
  const YamlMap map = value->map();
  if (map.entries().size() > kMaxInputs)
    return value->problem("has more than " + std::to_string(kMaxInputs) + " inputs");
  for (const auto& [name, where] : map.entries()) read_input(name, where, manifest);
}

void read_env(YamlMap& root, Variables& variables, Manifest& manifest) {
  const auto value = root.take("env");
  if (!value) return;
  size_t length = 0;
  for (const auto& [name, where] : value->map().entries()) {
    variables.add(name, where);
    const std::string text = where.text().value_or("");
    length += name.size() + text.size() + 2;
    manifest.env.emplace_back(name, text);
  }
  if (length > kMaxEnvironment) value->problem("is larger than 32 KiB");
}

void read_limits(YamlMap& root, Limits& limits) {
  const auto value = root.take("limits");
  if (!value) return;
  YamlMap map = value->map();
  map.read_duration("timeout", limits.timeout_ms, 100, int64_t{7} * 86'400'000);
  map.read_bytes("memory", limits.memory_bytes, 4 * kMiB, 1024 * kGiB);
  if (const auto cpus = map.take("cpus")) {
    const auto number = cpus->number();
    if (number && (*number < 0.1 || *number > 1024)) cpus->problem("must be from 0.1 to 1024");
    if (number) limits.millicpus = std::llround(*number * 1000);
  }
  map.read("pids", limits.pids, 4, 32'768);
  map.read_bytes("disk", limits.disk_bytes, kMiB, 64 * kGiB);
  map.finish();
}

Manifest read_root(YamlMap& root, const std::string& app, const HostRules* host_rules) {
  Manifest manifest;
  manifest.name = app;
  root.read("name", manifest.name);
  root.read("description", manifest.description);
  read_inputs(root, manifest);
  read_agent(root, manifest);
  Variables variables;
  read_env(root, variables, manifest);
  read_secrets(root, variables, manifest.secrets);
  read_network(root, manifest.network_allow);
  read_host_paths(root, host_rules, manifest);
  read_limits(root, manifest.limits);
  root.read("concurrency", manifest.concurrency, 1, 10'000);
  std::string on_interrupt = "fail";
  root.read_choice("on_interrupt", on_interrupt, {"fail", "retry"});
  manifest.on_interrupt = on_interrupt == "retry" ? OnInterrupt::kRetry : OnInterrupt::kFail;
  std::string workspace = "optional";
  root.read_choice("workspace", workspace, {"optional", "required", "none"});
  manifest.workspace = workspace == "required" ? WorkspaceUse::kRequired
                       : workspace == "none"   ? WorkspaceUse::kNone
                                               : WorkspaceUse::kOptional;
  root.finish();
  return manifest;
}

}   // namespace

std::string_view to_string(InputType type) { return kTypeNames[static_cast<size_t>(type)]; }

const InputField* Manifest::find_input(const std::string& input) const {
  const auto found =
      std::find_if(inputs.begin(), inputs.end(), [&](const InputField& field) { return field.name == input; });
  return found == inputs.end() ? nullptr : &*found;
}

bool is_app_id(const std::string& text) {
  constexpr size_t kMaxIdLength = 64;
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= kMaxIdLength && alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

Result<Manifest> parse_manifest(const std::string& text, const std::string& file, const std::string& app,
                                const HostRules* host_rules) {
  YamlProblems problems(file);
  Manifest manifest;
  if (auto root = base::parse_yaml(text, problems)) manifest = read_root(*root, app, host_rules);
  if (!problems.lines().empty()) return Error{Code::kAppDisabled, base::join(problems.lines(), "\n")};
  return manifest;
}

Result<Manifest> read_manifest(const std::string& folder, const std::string& app, const HostRules* host_rules) {
  const std::string path = folder + "/" + kManifestName;
  const std::string label = app + "/" + kManifestName;   // callers of the API may read it: no path of the host
  auto text = base::read_file(path, kMaxManifestSize);
  if (!text) return Error{Code::kAppDisabled, label + ": cannot be read", {}, text.error().detail};
  return parse_manifest(*text, label, app, host_rules);
}

}   // namespace capid::apps

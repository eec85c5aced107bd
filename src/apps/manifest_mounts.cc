// SPDX-License-Identifier: Apache-2.0
#include "apps/manifest_mounts.h"

#include <algorithm>

#include "base/paths.h"

namespace capid::apps {
namespace {

using base::YamlMap;
using base::YamlValue;

constexpr size_t kMostMounts = 16;

// What every sandbox has already, and an app cannot put something else in the place of.
constexpr const char* kTaken[] = {"/usr",    "/bin", "/sbin", "/lib",       "/lib32",      "/lib64",
                                  "/libx32", "/etc", "/proc", "/dev",       "/sys",        "/app",
                                  "/in",     "/out", "/tmp",  "/workspace", "/home/agent", "/.capid"};

std::string read_path(const YamlValue& value) {
  const std::string path = value.text().value_or("");
  if (base::is_plain_path(path)) return path;
  value.problem(std::string("must be ") + base::kPlainPathForm);
  return "";
}

std::string read_host_path(const YamlValue& value, const HostRules* rules) {
  std::string path = read_path(value);
  if (path.empty() || !rules) return path;
  const auto resolved = resolve_host_path(path, *rules);
  if (!resolved && resolved.error().code == Code::kAppDisabled) value.problem(resolved.error().message);
  return path;
}

void check_place(const std::string& at, const std::vector<HostMount>& others, const YamlValue& where) {
  for (const std::string taken : kTaken) {
    if (base::overlap(at, taken)) where.problem("cannot be at " + at + ": every sandbox has its own " + taken);
  }
  for (const HostMount& other : others) {
    if (!other.at.empty() && base::overlap(at, other.at))
      where.problem("cannot be at " + at + ": another mount is at " + other.at);
  }
}

HostMount read_mount(const YamlValue& where, const std::vector<HostMount>& others, const HostRules* rules) {
  YamlMap map = where.map();
  HostMount mount;
  if (const auto host = map.take("host")) {
    mount.host = read_host_path(*host, rules);
  } else {
    where.problem("needs host, the path of a folder or file");
  }
  const auto at = map.take("at");
  mount.at = at ? read_path(*at) : mount.host;
  if (!mount.at.empty()) check_place(mount.at, others, where);
  if (const auto mode = map.take("mode"); mode && mode->text() != "ro")
    mode->problem("must be ro: an agent changes nothing of the host; what is to be kept goes into a workspace");
  map.finish();
  return mount;
}

}   // namespace

bool is_taken(std::string_view at) {
  return std::any_of(std::begin(kTaken), std::end(kTaken), [&](const char* taken) { return base::overlap(at, taken); });
}

void read_host_paths(YamlMap& root, const HostRules* rules, Manifest& manifest) {
  if (const auto value = root.take("rootfs")) manifest.rootfs = read_host_path(*value, rules);
  const auto value = root.take("mounts");
  if (!value) return;
  for (const YamlValue& item : value->items()) manifest.mounts.push_back(read_mount(item, manifest.mounts, rules));
  if (manifest.mounts.size() > kMostMounts) value->problem("has more than " + std::to_string(kMostMounts) + " entries");
}

}   // namespace capid::apps

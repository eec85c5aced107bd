// SPDX-License-Identifier: Apache-2.0
#include "apps/host_rules.h"

#include <algorithm>
#include <filesystem>

#include "base/paths.h"

namespace capid::apps {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKernelFolders[] = {"/proc", "/sys", "/dev"};

// Without links; as it is written where it is not there.
std::string real(const std::string& path) {
  std::error_code error;
  const fs::path found = fs::canonical(path, error);
  return error ? path : found.string();
}

bool is_allowed(const std::string& path, const HostRules& rules) {
  return std::any_of(rules.allow.begin(), rules.allow.end(), [&](const std::string& folder) {
    return base::is_within(path, folder) || base::is_within(path, real(folder));
  });
}

// What stays out of reach whatever the config says; empty: nothing of that.
std::string forbidden_part(const std::string& path, const HostRules& rules) {
  for (const std::string folder : kKernelFolders) {
    if (base::overlap(path, folder)) return folder;
  }
  if (!rules.own.empty() && base::overlap(path, real(rules.own))) return "capid's own data";
  return "";
}

Error refused(const std::string& what) { return {Code::kAppDisabled, what}; }
Error unusable(const std::string& what) { return {Code::kSandboxSetupFailed, what}; }

std::string line_for_config(const std::string& path) {
  return "the operator allows it in capid's config with  sandbox: {mount_allow: [" + base::yaml_path(path) + "]}";
}

Result<void> check(const std::string& path, const HostRules& rules) {
  if (const auto part = forbidden_part(path, rules); !part.empty())
    return refused(path + " cannot be mounted: " + part + " is never shown to an agent");
  return {};
}

}   // namespace

Result<std::string> resolve_host_path(const std::string& path, const HostRules& rules) {
  TRY(check(path, rules));
  if (!is_allowed(path, rules)) return refused(path + " is not allowed: " + line_for_config(path));
  std::error_code error;
  const std::string found = fs::canonical(path, error).string();
  if (error) {
    return unusable(path + " of the host cannot be mounted: " + error.message() +
                    " (as the user that capid runs as sees it)");
  }
  TRY(check(found, rules));
  if (!is_allowed(found, rules))
    return refused(path + " leads to " + found + ", which is not allowed: " + line_for_config(found));
  const fs::file_type type = fs::status(found, error).type();
  if (type == fs::file_type::directory || type == fs::file_type::regular) return found;
  return unusable(path + " of the host cannot be mounted: it is neither a folder nor a file");
}

}   // namespace capid::apps

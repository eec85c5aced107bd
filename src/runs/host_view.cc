// SPDX-License-Identifier: Apache-2.0
#include "runs/host_view.h"

#include <filesystem>

namespace capid::runs {
namespace {

Result<std::string> resolve(const std::string& path, const apps::HostRules& rules) {
  auto resolved = apps::resolve_host_path(path, rules);
  if (resolved) return resolved;
  return Error{Code::kSandboxSetupFailed, resolved.error().message};
}

}   // namespace

Result<HostView> host_view(const apps::Manifest& manifest, const apps::HostRules& rules) {
  HostView view;
  for (const apps::HostMount& mount : manifest.mounts)
    view.mounts.push_back({.host = TRY(resolve(mount.host, rules)), .at = mount.at, .follow_links = false});
  if (manifest.rootfs.empty()) return view;
  view.rootfs = TRY(resolve(manifest.rootfs, rules));
  std::error_code ignored;
  if (std::filesystem::is_directory(view.rootfs, ignored)) return view;
  return Error{Code::kSandboxSetupFailed, "the rootfs " + manifest.rootfs + " is not a folder"};
}

}   // namespace capid::runs

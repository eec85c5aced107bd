// SPDX-License-Identifier: Apache-2.0
// Checks of what the operator wrote: the config, where it says to listen, the apps.
#include <unistd.h>

#include <cerrno>

#include "apps/registry.h"
#include "base/text.h"
#include "doctor/checks.h"

namespace capid::doctor {
namespace {

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}   // namespace

Answer check_config(const Host& host) {
  if (host.config_problem.empty())
    return host.config.file.empty() ? ok("none: everything has its default") : ok(host.config.file + " is sound");
  const auto lines = base::split(host.config_problem, '\n');
  const std::string more = lines.size() > 1 ? " (and " + std::to_string(lines.size() - 1) + " more)" : "";
  return error(lines.front() + more + "; what follows is about the defaults",
               "correct it, then: capid doctor --config FILE; config.example.yaml shows every key");
}

// Only addresses that some other machine may reach matter: that what they are told is not encrypted, nor who answers known.
Answer judge_listeners(const std::vector<config::Listener>& listeners, bool tls, int64_t first_free_port) {
  std::vector<std::string> open, all;
  for (const config::Listener& listener : listeners) {
    if (!listener.unix_path.empty()) {
      all.push_back("unix:" + listener.unix_path);
      continue;
    }
    const std::string port = std::to_string(listener.port);
    const bool v6 = listener.address.find(':') != std::string::npos;
    all.push_back((v6 ? "[" + listener.address + "]:" : listener.address + ":") + port);
    if (listener.port != 0 && listener.port < first_free_port)
      return error("port " + port + " is root's alone, and capid is not root when it listens",
                   sysctl_command("net.ipv4.ip_unprivileged_port_start", port));
    if (!is_loopback(listener.address)) open.push_back(all.back());
  }
  if (open.empty() || tls) return ok(base::join(all, ", "));
  return warning(
      "keys and results travel in the clear to " + base::join(open, ", ") + ", which other machines may reach",
      "listen: 127.0.0.1:8080   # in the config, with a reverse proxy that speaks TLS in front");
}

Answer check_listen(const Host& host) {
  return judge_listeners(host.config.listen, host.config.tls.has_value(),
                         number_of("/proc/sys/net/ipv4/ip_unprivileged_port_start").value_or(1024));
}

Answer check_apps(const Host& host) {
  const std::string folder = host.apps_folder();
  const Answer none = info("there are none yet", "put a folder with an app.yaml into " + folder);
  if (::access(folder.c_str(), F_OK) != 0 && errno == ENOENT) return none;
  const auto ids = apps::app_ids(folder);
  if (!ids)
    return error("the folder " + folder + " cannot be read",
                 "ls -ld " + folder + "; the user " + host.user.name + " must be able to read it");
  if (ids->empty()) return none;
  const apps::HostRules rules{.allow = host.config.sandbox.mount_allow, .own = host.folder.path()};
  std::vector<std::string> problems;
  for (const std::string& id : *ids) {
    const auto manifest = apps::read_manifest(folder + "/" + id, id, &rules);
    if (!manifest) problems.push_back(first_line(manifest.error().message));
  }
  const std::string count = std::to_string(ids->size()) + (ids->size() == 1 ? " app" : " apps");
  if (problems.empty()) return ok(count + ", with sound manifests");
  return warning(count + ", of which " + std::to_string(problems.size()) +
                     " disabled by what is wrong in the manifest: " + problems.front(),
                 "capid apps check");
}

}   // namespace capid::doctor

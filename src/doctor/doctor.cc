// SPDX-License-Identifier: Apache-2.0
#include "doctor/doctor.h"

#include <unistd.h>

#include "base/fd.h"
#include "doctor/borrowed_cgroups.h"
#include "doctor/checks.h"
#include "doctor/in_child.h"
#include "doctor/trial.h"
#include "doctor/unit.h"

namespace capid::doctor {
namespace {

struct Check {
  const char* id;
  const char* title;
  Answer (*look)(const Host&);
};

constexpr Check kChecks[] = {
    {"config", "config", check_config},
    {"kernel.version", "kernel", check_kernel},
    {"kernel.user_namespaces", "user namespaces", check_user_namespaces},
    {"kernel.apparmor", "AppArmor", check_apparmor},
    {"kernel.seccomp", "seccomp", check_seccomp},
    {"kernel.landlock", "Landlock", check_landlock},
    {"kernel.core_pattern", "core dumps", check_core_pattern},
    {"clock", "clock", check_clock},
    {"user", "user", check_user},
    {"user.groups", "groups", check_groups},
    {"sandbox.self_test", "sandbox", check_sandbox},
    {"sandbox.cgroups", "cgroups", check_cgroups},
    {"sandbox.strict", "strict", check_strict},
    {"sandbox.programs", "programs inside", check_programs},
    {"systemd.unit", "systemd unit", check_unit},
    {"memory", "memory", check_memory},
    {"memory.swap", "swap", check_swap},
    {"limits.descriptors", "descriptors", check_descriptors},
    {"limits.processes", "processes", check_processes},
    {"data.folder", "data folder", check_data_folder},
    {"data.file_system", "file system", check_file_system},
    {"data.space", "disk space", check_space},
    {"data.secret", "instance secret", check_secret},
    {"data.schema", "database", check_schema},
    {"data.server", "server", check_server},
    {"listen", "listen", check_listen},
    {"apps", "apps", check_apps},
};

constexpr std::chrono::seconds kMost{60};

// As whom the checks are made where the config's user cannot be had: the one who would serve without that line.
server::User fallback_user(const std::string& data_folder) {
  constexpr uid_t kNobody = 65534;
  const auto usual = server::service_user("", data_folder);
  return usual ? *usual : server::User{"nobody", kNobody, kNobody};
}

Host host_with(const config::Config& config, const std::string& config_problem) {
  Host host{.config = config,
            .config_problem = config_problem,
            .folder = server::DataFolder(config.data),
            .started_as_root = ::geteuid() == 0,
            .user = {},
            .user_problem = {},
            .cgroups = {}};
  const auto user = server::service_user(config.user, config.data);
  host.user = user ? *user : fallback_user(config.data);
  if (!user) host.user_problem = user.error().message;
  host.unit = look_at_unit();
  return host;
}

std::string check_all(Host& host, const sandbox::CgroupTree& borrowed) {
  host.trial = try_sandbox(borrowed);
  OrderedJson items = OrderedJson::array();
  for (const Check& check : kChecks) items.push_back(to_json(Item{check.id, check.title, check.look(host)}));
  return base::dump(items);
}

// In a process that has become the one who would serve.
void check_as_user(Host& host, const sandbox::CgroupTree& borrowed, int out) {
  if (host.started_as_root && !server::become(host.user)) ::_exit(1);
  server::forbid_dumps();   // as the server is
  if (!base::write_all(out, check_all(host, borrowed))) ::_exit(1);
}

}   // namespace

Result<Report> examine(const config::Config& config, const std::string& config_problem,
                       const std::optional<sandbox::CgroupTree>& of_server) {
  Host host = host_with(config, config_problem);
  const BorrowedCgroups borrowed(host.user.uid, host.user.gid);
  host.cgroups = of_server.value_or(borrowed.tree());
  const Said said = in_child([&](int out) { check_as_user(host, borrowed.tree(), out); }, kMost);
  if (!said.ended_well) return Error{Code::kInternal, "the checks did not come to their end", {}, said.complaints};
  return Report{host.user, TRY(items_from_json(said.text))};
}

}   // namespace capid::doctor

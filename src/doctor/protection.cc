// SPDX-License-Identifier: Apache-2.0
// Checks of the sandbox as a whole: can one be made, what does it go without, what is found inside.
#include "sandbox/protection.h"

#include <algorithm>

#include "base/text.h"
#include "doctor/checks.h"
#include "doctor/failed_steps.h"

namespace capid::doctor {
namespace {

// The part in parentheses: what stands around it is said in other words here.
std::string reason_in(const std::string& missing) {
  const size_t begin = missing.find('('), end = missing.rfind("): ");
  return begin < end && end != std::string::npos ? missing.substr(begin + 1, end - begin - 1) : missing;
}

bool only_the_unit_has_cgroups(const Host& host) { return !host.cgroups && host.unit && host.unit->delegates; }

}   // namespace

Answer check_sandbox(const Host& host) {
  const Trial& trial = host.trial;
  if (trial.worked) return ok("one was made as the user " + host.user.name + ", and /bin/true ran in it");
  if (!trial.failed_step.empty()) return explain_failed_step(trial.failed_step, trial.error);
  return error("no sandbox can be used: " + trial.problem,
               "journalctl -k | tail -n 50   # does the kernel say who killed or refused it?");
}

// This process is in its shell's cgroup, not in the service's, so what is missing here may be there for the service.
Answer check_cgroups(const Host& host) {
  if (host.cgroups) {
    const std::string version = host.cgroups.version == sandbox::CgroupVersion::kTwo ? "2" : "1";
    const std::string kill = version == "2" ? "" : " (version 1 has no kill of a whole group: init's end does it)";
    return ok("version " + version + ", with cpu, memory and pids for each run" + kill);
  }
  if (only_the_unit_has_cgroups(host))
    return info("none here, in this shell's cgroup; the server that systemd starts by capid.service has its own");
  return warning(
      "none are delegated to what is started from this shell, so that the memory and CPU time of a whole run have "
      "no limit (" +
          reason_in(host.cgroups.missing) + ")",
      "systemctl start capid; or by hand: systemd-run --user --scope -p Delegate=yes capid serve");
}

Answer check_unit(const Host& host) {
  if (!host.unit) return info("there is no systemd here that answers, or no capid.service in it");
  const std::string state =
      host.unit->is_running ? "capid.service is running" : "capid.service is there, and not running";
  if (host.unit->delegates)
    return ok(state + "; delegated to it: " + host.unit->controllers + "; TasksMax=" + host.unit->tasks_max);
  return warning(state + ", without cpu, memory and pids delegated to it: its runs have no limits of their own",
                 "systemctl edit capid, with: [Service] Delegate=cpu memory pids; then systemctl restart capid");
}

Answer check_strict(const Host& host) {
  const auto missing = sandbox::missing_protection(host.cgroups);
  if (!host.config.sandbox.strict) {
    if (missing.empty()) return ok("off, and nothing is missing that it would ask for");
    return info("off: runs that go without some protection are marked as degraded",
                "sandbox: {strict: true}   # in the config: then they are refused");
  }
  if (missing.empty()) return ok("on, and nothing is missing that it asks for");
  if (only_the_unit_has_cgroups(host) && missing.size() == 1)
    return info("on: capid serve refuses to start from this shell; capid.service has what is missing here");
  return error("on, so that capid serve refuses to start: " + missing.front(),
               "sandbox: {strict: false}   # in the config, or mend what is missing");
}

Answer check_programs(const Host& host) {
  if (!host.trial.worked) return info("without a sandbox they cannot be looked for");
  std::vector<std::string> missing, packages;
  for (const std::string program : kUsualPrograms) {
    const auto& found = host.trial.programs;
    if (std::find(found.begin(), found.end(), program) != found.end()) continue;
    missing.push_back(program);
    packages.push_back(program == "node" ? "nodejs" : program);
  }
  const std::string found = base::join(host.trial.programs, ", ");
  if (missing.empty()) return ok("agents find " + found);
  return info("agents find " + (found.empty() ? "none of the usual programs" : found) +
                  "; not there: " + base::join(missing, ", "),
              "apt install " + base::join(packages, " ") + "   # if an app needs them");
}

}   // namespace capid::doctor

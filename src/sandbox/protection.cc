// SPDX-License-Identifier: Apache-2.0
#include "sandbox/protection.h"

#include <cstring>
#include <future>

#include "sandbox/landlock.h"

namespace capid::sandbox {
namespace {

constexpr int64_t kSelfTestMs = 10'000;

Error not_made(const Outcome& outcome) {
  if (outcome.end == End::kSetupFailed)
    return {Code::kSandboxSetupFailed, "no sandbox can be made on this host: step " + outcome.failed_step +
                                           " failed (" + std::strerror(outcome.error) + "); capid doctor says more"};
  return {Code::kSandboxSetupFailed,
          "a sandbox was made, but /bin/true did not end well in it; capid doctor says more"};
}

}   // namespace

std::vector<std::string> missing_protection(const CgroupTree& cgroups) {
  std::vector<std::string> missing;
  if (!cgroups)
    missing.push_back("the memory and the processor time of a whole run are not limited: " + cgroups.missing);
  if (const int version = landlock_version(); version < kLeastLandlock)
    missing.push_back("Landlock is not applied: version " + std::to_string(kLeastLandlock) +
                      " is needed and this kernel offers " + (version > 0 ? std::to_string(version) : "none") +
                      "; use Linux 5.19 or newer, with landlock in its list of security modules (lsm=)");
  return missing;
}

Outcome try_out(Sandbox& sandbox, std::vector<std::string> argv) {
  Spec spec;
  spec.argv = std::move(argv);
  spec.env = {{"PATH", kPath}};
  return try_out(sandbox, std::move(spec));
}

Outcome try_out(Sandbox& sandbox, Spec spec) {
  auto ended = std::make_shared<std::promise<Outcome>>();
  auto outcome = ended->get_future();
  spec.limits.wall_ms = kSelfTestMs;
  sandbox.launch(std::move(spec),
                 {.on_stderr = {}, .on_end = [ended](Outcome one) { ended->set_value(std::move(one)); }});
  return outcome.get();   // its own timer ends it
}

Result<void> self_test(Sandbox& sandbox) {
  const Outcome end = try_out(sandbox, {"/bin/true"});
  // A host without that program still made the sandbox in which it is missing.
  if (end.end == End::kCommandNotFound || (end.end == End::kExited && end.exit_code == 0)) return {};
  return not_made(end);
}

}   // namespace capid::sandbox

// SPDX-License-Identifier: Apache-2.0
#include "sandbox/steps.h"

#include <iterator>

namespace capid::sandbox {
namespace {

// The order matters: each step closes what the next one must not see open. A failed step ends the child; its number and
// errno travel up the report socket, and the run fails with SANDBOX_SETUP_FAILED.
constexpr Step kCommonSteps[] = {
    {"cgroup.enter", enter_cgroup},
    {"host_name", set_host_name},
    {"identity", map_identity},
    {"parent_death", die_with_parent},
    {"loopback", raise_loopback},
    {"mounts.private", make_mounts_private},
    {"mounts.copy", copy_mounts},
    {"mounts.root", build_root},
    {"mounts.system", attach_system},
    {"mounts.etc", write_etc},
    {"mounts.devices", make_devices},
    {"mounts.proc", mount_proc},
    {"proc.mask", mask_proc},
    {"mounts.scratch", make_scratch},
    {"landlock.rules", make_landlock_rules},
};

constexpr Step kRunSteps[] = {
    {"root.image", use_image},
    {"mounts.own", attach_own},
    {"quota", set_quota},
    {"cgroup.namespace", close_cgroups},
    {"namespaces.close", close_namespaces},
    {"listeners", listen_on_loopback},
    {"descriptors.send", send_descriptors},
    {"root.pivot", pivot},
    {"root.read_only", make_root_read_only},
    {"limits", set_limits},
    {"capabilities", drop_capabilities},
    {"privileges", forbid_new_privileges},
};

constexpr Step kPayloadSteps[] = {
    {"landlock", apply_landlock},
    {"streams", take_streams},
    {"working_folder", enter_working_folder},
    {"limits.memory", limit_memory},
    {"seccomp", apply_filter},
};

// In the order of ParentStep.
constexpr const char* kParentSteps[] = {"orders", "cgroup.make", "clone", "cgroup.limit"};

constexpr uint32_t kFirstRun = std::size(kCommonSteps);
constexpr uint32_t kFirstPayload = kFirstRun + std::size(kRunSteps);
constexpr uint32_t kFirstParent = kFirstPayload + std::size(kPayloadSteps);
constexpr uint32_t kCount = kFirstParent + std::size(kParentSteps);
static_assert(kCount <= 64, "StepFaults has a bit for each");

}   // namespace

std::span<const Step> common_steps() { return kCommonSteps; }
std::span<const Step> run_steps() { return kRunSteps; }
std::span<const Step> payload_steps() { return kPayloadSteps; }
uint32_t first_run_step() { return kFirstRun; }
uint32_t first_payload_step() { return kFirstPayload; }

uint32_t step_number(ParentStep step) { return kFirstParent + static_cast<uint32_t>(step); }

const char* step_name(uint32_t step) {
  if (step < kFirstRun) return kCommonSteps[step].name;
  if (step < kFirstPayload) return kRunSteps[step - kFirstRun].name;
  if (step < kFirstParent) return kPayloadSteps[step - kFirstPayload].name;
  return step < kCount ? kParentSteps[step - kFirstParent] : "unknown";
}

std::optional<uint32_t> find_step(std::string_view name) {
  for (uint32_t step = 0; step < kCount; ++step) {
    if (step_name(step) == name) return step;
  }
  return std::nullopt;
}

}   // namespace capid::sandbox

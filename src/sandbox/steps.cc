// SPDX-License-Identifier: Apache-2.0
#include "sandbox/steps.h"

#include <cstring>

namespace capid::sandbox {
namespace {

// The order matters: each step closes what the next one must not see open. A failed step ends the child; its number and
// errno travel up the report socket, and the run fails with SANDBOX_SETUP_FAILED.
constexpr Step kCommonSteps[] = {
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
};

constexpr Step kRunSteps[] = {
    {"mounts.own", attach_own},
    {"quota", set_quota},
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
    {"streams", take_streams},
    {"working_folder", enter_working_folder},
    {"seccomp", apply_filter},
};

constexpr uint32_t kFirstRun = std::size(kCommonSteps);
constexpr uint32_t kFirstPayload = kFirstRun + std::size(kRunSteps);
constexpr uint32_t kCount = kFirstPayload + std::size(kPayloadSteps);
static_assert(kCount <= 64, "omitted_steps has a bit for each");

const Step& step_at(uint32_t step) {
  if (step < kFirstRun) return kCommonSteps[step];
  return step < kFirstPayload ? kRunSteps[step - kFirstRun] : kPayloadSteps[step - kFirstPayload];
}

}   // namespace

std::span<const Step> common_steps() { return kCommonSteps; }
std::span<const Step> run_steps() { return kRunSteps; }
std::span<const Step> payload_steps() { return kPayloadSteps; }
uint32_t first_run_step() { return kFirstRun; }
uint32_t first_payload_step() { return kFirstPayload; }

const char* step_name(uint32_t step) { return step < kCount ? step_at(step).name : "clone"; }

uint64_t step_bit(const char* name) {
  for (uint32_t step = 0; step < kCount; ++step) {
    if (std::strcmp(step_at(step).name, name) == 0) return uint64_t{1} << step;
  }
  return 0;
}

}   // namespace capid::sandbox

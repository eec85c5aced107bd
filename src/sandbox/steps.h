// SPDX-License-Identifier: Apache-2.0
// The steps of a sandbox's set-up, in the order in which they are taken. The order is the security.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "sandbox/plan.h"

namespace capid::sandbox {

class RunCgroup;

/// The child's descriptors. It starts with the last two; its orders bring the others, in this order. The first stays where it
/// is: the payload has it there.
enum ChildDescriptor : int {
  kEvents = 3,
  kReport = 4,
  kStdout = 5,
  kStderr = 6,
  kParent = 7,
  kOrders = 8,
  kFirstFree = 9
};
inline constexpr int kGivenWithOrders = kParent - kEvents;

/// What the steps share.
struct Child {
  const SystemView& system;
  const RunCgroup* cgroup = nullptr;   ///< where this process does not begin in it
  const Plan* plan = nullptr;          ///< from the orders on
  int root = -1;                       ///< the new root's folder
  int system_binds[kMaxBinds] = {};    ///< detached copies of the host's mounts, in the view's order
  int landlock = -1;                   ///< the rules; none where this kernel has no Landlock that will do
  int listeners[kMaxListeners] = {};   ///< in the order of the plan's ports
  size_t listener_count = 0;
};

/// Returns 0 or an errno.
using Apply = int (*)(Child&);

struct Step {
  const char* name;
  Apply apply;
};

/// In init, before it has its orders: what is the same for every run.
[[nodiscard]] std::span<const Step> common_steps();

/// In init, for its one run.
[[nodiscard]] std::span<const Step> run_steps();

/// In the payload, between fork and exec.
[[nodiscard]] std::span<const Step> payload_steps();

/// What the fork server does for a run.
enum class ParentStep { kTakeOrders, kMakeCgroup, kClone, kLimitCgroup };

/// Steps are numbered through, the fork server's last: these are the first numbers of the second and third list.
[[nodiscard]] uint32_t first_run_step();
[[nodiscard]] uint32_t first_payload_step();
[[nodiscard]] uint32_t step_number(ParentStep step);

/// The name of the step that a report means.
[[nodiscard]] const char* step_name(uint32_t step);

/// The number of the step of that name.
[[nodiscard]] std::optional<uint32_t> find_step(std::string_view name);

/// What goes wrong on purpose. For tests alone: to show what each defence is worth, and that none fails in silence.
struct StepFaults {
  static constexpr uint32_t kNone = UINT32_MAX;
  uint64_t omitted = 0;           ///< a bit for each step that is left out
  uint32_t fails_after = kNone;   ///< this one takes effect, and then reports EIO

  [[nodiscard]] bool omits(uint32_t step) const { return omitted & (uint64_t{1} << step); }
};

// The steps themselves. mounts.cc:
int make_mounts_private(Child&);
int copy_mounts(Child&);
int build_root(Child&);
int attach_system(Child&);
int write_etc(Child&);
int make_devices(Child&);
int mount_proc(Child&);
int mask_proc(Child&);
int attach_own(Child&);
int make_scratch(Child&);
int set_quota(Child&);
int close_namespaces(Child&);
int send_descriptors(Child&);
int pivot(Child&);
int make_root_read_only(Child&);

// image_root.cc:
int use_image(Child&);

// landlock.cc:
int make_landlock_rules(Child&);
int allow_reading(const Child&, int folder);   // not steps: rules for what a run has of its own
int allow_writing(const Child&, int folder);
int apply_landlock(Child&);

// confine.cc:
int enter_cgroup(Child&);
int set_host_name(Child&);
int map_identity(Child&);
int die_with_parent(Child&);
int raise_loopback(Child&);
int listen_on_loopback(Child&);
int set_limits(Child&);
int close_cgroups(Child&);
int drop_capabilities(Child&);
int forbid_new_privileges(Child&);
int take_streams(Child&);
int enter_working_folder(Child&);
int limit_memory(Child&);
int apply_filter(Child&);

}   // namespace capid::sandbox

// SPDX-License-Identifier: Apache-2.0
// The steps of a sandbox's set-up, in the order in which they are taken. The order is the security.
#pragma once

#include <cstdint>
#include <span>

#include "sandbox/plan.h"

namespace capid::sandbox {

/// The descriptors that the child starts with. Everything above is closed before the first step.
enum ChildDescriptor : int { kReport = 3, kStdout = 4, kStderr = 5, kParent = 6, kFirstFree = 7 };

/// What the steps share. Plain data: nothing here allocates after the clone.
struct Child {
  const Plan& plan;
  int root = -1;                      ///< the new root's folder
  int system_binds[kMaxBinds] = {};   ///< detached copies of the host's mounts, in the plan's order
  int own_binds[kMaxBinds] = {};
};

/// Returns 0 or an errno.
using Apply = int (*)(Child&);

struct Step {
  const char* name;
  Apply apply;
};

/// In init, before the payload exists.
[[nodiscard]] std::span<const Step> init_steps();

/// In the payload, between fork and exec. Their numbers continue after init's.
[[nodiscard]] std::span<const Step> payload_steps();

/// The name of the step that a report means.
[[nodiscard]] const char* step_name(uint32_t step);

/// The bit of a step in Plan::omitted_steps; 0 where there is no step of that name.
[[nodiscard]] uint64_t step_bit(const char* name);

// The steps themselves. mounts.cc:
int make_mounts_private(Child&);
int copy_mounts(Child&);
int build_root(Child&);
int attach_system(Child&);
int write_etc(Child&);
int make_devices(Child&);
int mount_proc(Child&);
int mask_proc(Child&);
int make_scratch(Child&);
int close_namespaces(Child&);
int send_out_folder(Child&);
int pivot(Child&);
int make_root_read_only(Child&);

// confine.cc:
int start_session(Child&);
int map_identity(Child&);
int die_with_parent(Child&);
int raise_loopback(Child&);
int set_limits(Child&);
int drop_capabilities(Child&);
int forbid_new_privileges(Child&);
int take_streams(Child&);
int enter_working_folder(Child&);
int apply_filter(Child&);

}   // namespace capid::sandbox

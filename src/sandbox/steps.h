// SPDX-License-Identifier: Apache-2.0
// The steps of a sandbox's set-up, in the order in which they are taken. The order is the security.
#pragma once

#include <cstdint>
#include <span>

#include "sandbox/plan.h"

namespace capid::sandbox {

/// The child's descriptors. It starts with the last two; its orders bring the others.
enum ChildDescriptor : int { kReport = 3, kStdout = 4, kStderr = 5, kParent = 6, kOrders = 7, kFirstFree = 8 };

/// What the steps share.
struct Child {
  const SystemView& system;
  const Plan* plan = nullptr;          ///< from the orders on
  int root = -1;                       ///< the new root's folder
  int system_binds[kMaxBinds] = {};    ///< detached copies of the host's mounts, in the view's order
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

/// Steps are numbered through: these are the first numbers of the second and third list.
[[nodiscard]] uint32_t first_run_step();
[[nodiscard]] uint32_t first_payload_step();

/// The name of the step that a report means.
[[nodiscard]] const char* step_name(uint32_t step);

/// The bit of a step in run_fork_server's omitted_steps; 0 where there is no step of that name.
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
int attach_own(Child&);
int make_scratch(Child&);
int set_quota(Child&);
int close_namespaces(Child&);
int send_descriptors(Child&);
int pivot(Child&);
int make_root_read_only(Child&);

// confine.cc:
int set_host_name(Child&);
int map_identity(Child&);
int die_with_parent(Child&);
int raise_loopback(Child&);
int listen_on_loopback(Child&);
int set_limits(Child&);
int drop_capabilities(Child&);
int forbid_new_privileges(Child&);
int take_streams(Child&);
int enter_working_folder(Child&);
int apply_filter(Child&);

}   // namespace capid::sandbox

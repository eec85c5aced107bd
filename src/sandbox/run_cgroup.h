// SPDX-License-Identifier: Apache-2.0
// One run's cgroup: made by the fork server before its child, read and removed by the server after its end.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "sandbox/cgroup_tree.h"
#include "sandbox/spec.h"

namespace capid::sandbox {

/// What limits a cgroup. Memory counts what lies in the sandbox's own file system too, so that is added to it: a run that
/// fills its disk shall read ENOSPC, not be killed.
struct CgroupLimits {
  int64_t memory_bytes = 0;
  int64_t pids = 0;
  int64_t millicpus = 0;

  [[nodiscard]] static CgroupLimits of(const Limits& limits);
  bool operator==(const CgroupLimits&) const = default;
};

/// In the fork server. Methods return 0 or an errno. Removed with the object, unless released.
class RunCgroup {
 public:
  RunCgroup() = default;   ///< of a host without cgroups: every method does nothing
  RunCgroup(const CgroupTree& tree, uint64_t number);
  RunCgroup(RunCgroup&& other) noexcept;
  RunCgroup& operator=(RunCgroup&& other) noexcept;
  ~RunCgroup();

  [[nodiscard]] int make();

  /// Writes what differs from the limits it has.
  [[nodiscard]] int limit(const CgroupLimits& limits);

  /// The descriptor for CLONE_INTO_CGROUP; -1 where a process must be moved instead.
  [[nodiscard]] int descriptor() const { return folder_.get(); }

  /// Moves the calling process in, which has one thread. Asked for by itself this takes no lock that the whole host shares
  /// with every fork and exec, and waits for none: a parent would wait for milliseconds.
  [[nodiscard]] int enter() const;

  [[nodiscard]] uint64_t number() const { return number_; }

  /// It is the server's from now on.
  void release() { tree_ = nullptr; }

 private:
  void remove();
  [[nodiscard]] int limit_memory(int64_t bytes);
  [[nodiscard]] int limit_cpu(int64_t millicpus);

  const CgroupTree* tree_ = nullptr;
  uint64_t number_ = 0;
  base::Fd folder_;
  CgroupLimits limits_;
};

struct CgroupUsage {
  int64_t cpu_us = 0;              ///< of everything that ever ran in it, the making of the sandbox included
  int64_t peak_memory_bytes = 0;   ///< 0 where this kernel does not tell; files in the sandbox count
  bool ran_out_of_memory = false;
};

/// In the server. Nothing where the run has no cgroup.
[[nodiscard]] std::optional<CgroupUsage> read_cgroup_usage(const CgroupTree& tree, uint64_t number);

/// Kills whatever is left in it, and removes it. False: something in it does not die.
bool remove_run_cgroup(const CgroupTree& tree, uint64_t number);

}   // namespace capid::sandbox

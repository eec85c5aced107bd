// SPDX-License-Identifier: Apache-2.0
// Work that is done in a process of its own: as another user, or because it may end the process that does it.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace capid::doctor {

/// What such a process left.
struct Said {
  std::string text;          ///< what it wrote to its descriptor
  std::string complaints;    ///< what it, or what it started, wrote to stderr; at most 64 KiB
  bool ended_well = false;   ///< with exit code 0, and in time
};

/// Forks, calls `work` in the child with a descriptor to write to, and waits for the descriptor's end and the child's.
/// What is not over in time is killed. Call it while this process has one thread.
[[nodiscard]] Said in_child(const std::function<void(int out)>& work, std::chrono::milliseconds most);

/// The same for a program and what it prints. It inherits nothing but `PATH` and `LC_ALL=C`.
[[nodiscard]] Said run_program(const std::vector<std::string>& argv, std::chrono::milliseconds most);

}   // namespace capid::doctor

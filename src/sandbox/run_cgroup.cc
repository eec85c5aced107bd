// SPDX-License-Identifier: Apache-2.0
#include "sandbox/run_cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "sandbox/cgroup_files.h"

namespace capid::sandbox {
namespace {

constexpr int64_t kPeriodUs = 100'000;

std::string folder_of(const std::string& tree, uint64_t number) { return tree + "/run-" + std::to_string(number); }

int not_there_is_fine(int error) { return error == ENOENT ? 0 : error; }

}   // namespace

CgroupLimits CgroupLimits::of(const Limits& limits) {
  constexpr int64_t kInit = 1;
  return {.memory_bytes = limits.memory_bytes + limits.disk_bytes,
          .pids = limits.pids + kInit,
          .millicpus = limits.millicpus};
}

RunCgroup::RunCgroup(const CgroupTree& tree, uint64_t number) : tree_(tree ? &tree : nullptr), number_(number) {}

RunCgroup::RunCgroup(RunCgroup&& other) noexcept
    : tree_(std::exchange(other.tree_, nullptr)),
      number_(other.number_),
      folder_(std::move(other.folder_)),
      limits_(other.limits_) {}

RunCgroup& RunCgroup::operator=(RunCgroup&& other) noexcept {
  if (this == &other) return *this;
  remove();
  tree_ = std::exchange(other.tree_, nullptr);
  number_ = other.number_;
  folder_ = std::move(other.folder_);
  limits_ = other.limits_;
  return *this;
}

RunCgroup::~RunCgroup() { remove(); }

void RunCgroup::remove() {
  if (tree_) remove_run_cgroup(*tree_, number_);
}

int RunCgroup::make() {
  if (!tree_) return 0;
  for (const std::string& folder : tree_->folders()) {
    if (::mkdir(folder_of(folder, number_).c_str(), 0755) != 0) return errno;
  }
  if (tree_->version == CgroupVersion::kOne) return 0;
  const std::string own = folder_of(tree_->memory, number_);
  if (const int error = write_cgroup_file(own, "memory.oom.group", "1")) return error;
  if (const int error = not_there_is_fine(write_cgroup_file(own, "memory.swap.max", "0"))) return error;
  folder_ = base::Fd(::open(own.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder_ ? 0 : errno;
}

int RunCgroup::limit(const CgroupLimits& limits) {
  if (!tree_) return 0;
  if (limits.memory_bytes != limits_.memory_bytes) {
    if (const int error = limit_memory(limits.memory_bytes)) return error;
  }
  if (limits.pids != limits_.pids) {
    const std::string most = std::to_string(limits.pids);
    if (const int error = write_cgroup_file(folder_of(tree_->pids, number_), "pids.max", most)) return error;
  }
  if (limits.millicpus != limits_.millicpus) {
    if (const int error = limit_cpu(limits.millicpus)) return error;
  }
  limits_ = limits;
  return 0;
}

// Version 1 counts swap in a second limit, which is never below the first: whichever way they move, one of two orders works.
int RunCgroup::limit_memory(int64_t bytes) {
  const std::string own = folder_of(tree_->memory, number_), most = std::to_string(bytes);
  if (tree_->version == CgroupVersion::kTwo) return write_cgroup_file(own, "memory.max", most);
  const bool wider = bytes > limits_.memory_bytes && limits_.memory_bytes != 0;
  if (wider) {
    if (const int error = not_there_is_fine(write_cgroup_file(own, "memory.memsw.limit_in_bytes", most))) return error;
  }
  if (const int error = write_cgroup_file(own, "memory.limit_in_bytes", most)) return error;
  return wider ? 0 : not_there_is_fine(write_cgroup_file(own, "memory.memsw.limit_in_bytes", most));
}

int RunCgroup::limit_cpu(int64_t millicpus) {
  const std::string own = folder_of(tree_->cpu, number_), quota = std::to_string(millicpus * kPeriodUs / 1000);
  if (tree_->version == CgroupVersion::kTwo)
    return write_cgroup_file(own, "cpu.max", quota + " " + std::to_string(kPeriodUs));
  return write_cgroup_file(own, "cpu.cfs_quota_us", quota);   // the period is 100 ms unless changed
}

int RunCgroup::enter() const {
  if (!tree_) return 0;
  const char* file = tree_->version == CgroupVersion::kOne ? "tasks" : "cgroup.procs";
  for (const std::string& folder : tree_->folders()) {
    if (const int error = write_cgroup_file(folder_of(folder, number_), file, "0")) return error;
  }
  return 0;
}

std::optional<CgroupUsage> read_cgroup_usage(const CgroupTree& tree, uint64_t number) {
  if (!tree) return std::nullopt;
  const std::string memory = folder_of(tree.memory, number), cpu = folder_of(tree.usage, number);
  if (tree.version == CgroupVersion::kTwo) {
    const std::string events = read_cgroup_file(memory, "memory.events");
    return CgroupUsage{.cpu_us = number_after(read_cgroup_file(cpu, "cpu.stat"), "usage_usec"),
                       .peak_memory_bytes = base::to_integer(read_cgroup_file(memory, "memory.peak")).value_or(0),
                       .ran_out_of_memory = number_after(events, "oom_kill") > 0};
  }
  const std::string oom = read_cgroup_file(memory, "memory.oom_control");
  return CgroupUsage{
      .cpu_us = base::to_integer(read_cgroup_file(cpu, "cpuacct.usage")).value_or(0) / 1000,
      .peak_memory_bytes = base::to_integer(read_cgroup_file(memory, "memory.max_usage_in_bytes")).value_or(0),
      .ran_out_of_memory = number_after(oom, "oom_kill") > 0};
}

// The dead leave their cgroup a moment after their parent was told.
bool remove_run_cgroup(const CgroupTree& tree, uint64_t number) {
  constexpr int kTries = 500;
  bool gone = true;
  for (const std::string& folder : tree.folders()) {
    const std::string own = folder_of(folder, number);
    for (int tries = 0; ::rmdir(own.c_str()) != 0 && errno == EBUSY; ++tries) {
      if (tries == kTries) {
        gone = false;
        break;
      }
      if (tries == 0) write_cgroup_file(own, "cgroup.kill", "1");
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  return gone;
}

}   // namespace capid::sandbox

// SPDX-License-Identifier: Apache-2.0
// The checks, one function each, in the files that are named here. None changes anything on the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "doctor/host.h"
#include "doctor/item.h"

namespace capid::doctor {

// kernel.cc
[[nodiscard]] Answer check_kernel(const Host&);
[[nodiscard]] Answer check_user_namespaces(const Host&);
[[nodiscard]] Answer check_apparmor(const Host&);
[[nodiscard]] Answer check_seccomp(const Host&);
[[nodiscard]] Answer check_landlock(const Host&);
[[nodiscard]] Answer check_core_pattern(const Host&);
[[nodiscard]] Answer check_clock(const Host&);

// protection.cc
[[nodiscard]] Answer check_sandbox(const Host&);
[[nodiscard]] Answer check_cgroups(const Host&);
[[nodiscard]] Answer check_unit(const Host&);
[[nodiscard]] Answer check_strict(const Host&);
[[nodiscard]] Answer check_programs(const Host&);

// resources.cc
[[nodiscard]] Answer check_memory(const Host&);
[[nodiscard]] Answer check_swap(const Host&);
[[nodiscard]] Answer check_descriptors(const Host&);
[[nodiscard]] Answer check_processes(const Host&);

// user.cc
[[nodiscard]] Answer check_user(const Host&);
[[nodiscard]] Answer check_groups(const Host&);

// data.cc
[[nodiscard]] Answer check_data_folder(const Host&);
[[nodiscard]] Answer check_file_system(const Host&);
[[nodiscard]] Answer check_space(const Host&);
[[nodiscard]] Answer check_secret(const Host&);
[[nodiscard]] Answer check_schema(const Host&);
[[nodiscard]] Answer check_server(const Host&);

// config.cc
[[nodiscard]] Answer check_config(const Host&);
[[nodiscard]] Answer check_listen(const Host&);
[[nodiscard]] Answer check_apps(const Host&);

// What the checks make of what they read, apart from reading it: for their tests.

/// `release` as uname(2) gives it.
[[nodiscard]] Answer judge_kernel(std::string_view release);

struct NamespaceSettings {
  bool offered = true;                                   ///< this kernel has user namespaces
  std::optional<int64_t> unprivileged_clone;             ///< kernel.unprivileged_userns_clone; not every kernel has it
  std::vector<std::pair<std::string, int64_t>> limits;   ///< of user.max_*_namespaces, by their names
};
[[nodiscard]] Answer judge_namespaces(const NamespaceSettings& settings, int64_t needed);

/// `program`: what a profile must name.
[[nodiscard]] Answer judge_apparmor(int64_t restriction, bool sandbox_works, const std::string& program);

/// `groups` are the names of those that the server's processes, and with them the agents, would be in.
[[nodiscard]] Answer judge_groups(const std::vector<std::string>& groups, const std::string& user);

/// Limits of 0 stand for none.
[[nodiscard]] Answer judge_descriptors(int64_t soft, int64_t hard, int64_t needed);
[[nodiscard]] Answer judge_processes(int64_t of_user, int64_t of_cgroup, int64_t of_kernel, int64_t needed);

/// Bytes, and inodes where the file system counts them (-1: it does not), that are left.
[[nodiscard]] Answer judge_space(int64_t bytes, int64_t inodes);

[[nodiscard]] Answer judge_listeners(const std::vector<config::Listener>& listeners, bool tls, int64_t first_free_port);

// Small things that the checks share, in reading.cc.

/// A file's text without its last newline, such as of /proc; nothing where it cannot be read.
[[nodiscard]] std::optional<std::string> text_of(const std::string& path);
[[nodiscard]] std::optional<int64_t> number_of(const std::string& path);

/// The command that sets a kernel's setting now and at each start.
[[nodiscard]] std::string sysctl_command(const std::string& name, const std::string& value);

/// 12.3 GiB
[[nodiscard]] std::string size_words(int64_t bytes);

}   // namespace capid::doctor

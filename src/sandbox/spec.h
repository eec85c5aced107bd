// SPDX-License-Identifier: Apache-2.0
// What to run in a sandbox, and within which bounds. Data only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace capid::sandbox {

/// A folder or file of the host, seen at `at` inside.
struct Mount {
  std::string host;
  std::string at;             ///< absolute, e.g. /app; folders above it are made
  bool writable = false;      ///< only for the working folder: nothing else of the host may be written to
  bool follow_links = true;   ///< false: a symbolic link anywhere in `host` fails the run
};

struct Limits {
  int64_t wall_ms = 600'000;
  int64_t terminate_grace_ms = 1'000;        ///< between SIGTERM and SIGKILL
  int64_t memory_bytes = int64_t{1} << 30;   ///< of all its processes, beside disk_bytes
  int64_t millicpus = 1'000;                 ///< 1,000: one processor's time
  int64_t pids = 128;
  int64_t open_files = 4'096;
  int64_t disk_bytes = int64_t{512} << 20;   ///< /out, /tmp, HOME, /dev/shm and /workspace together
  int64_t stdout_bytes = int64_t{1} << 20;   ///< kept; the rest is read and dropped
  int64_t stderr_bytes = int64_t{1} << 20;
  int64_t events_bytes = int64_t{4} << 20;   ///< of descriptor 3
};

/// More sockets than this are not made for a run.
inline constexpr size_t kMaxListeners = 9;

struct Spec {
  std::vector<std::string> argv;                          ///< a bare program name is looked up in PATH, inside
  std::vector<std::pair<std::string, std::string>> env;   ///< all of it: nothing is inherited
  std::vector<Mount> mounts;
  std::string
      rootfs;   ///< an unpacked system to see instead of the host's; empty: the host's. No link may be in the path
  std::vector<uint16_t> listen_ports;   ///< on 127.0.0.1 inside, each for a socket of Callbacks::on_listening
  Limits limits;
  bool looks_only = false;   ///< the command is looked for where it would be run, and not run
};

/// The fixed paths inside.
inline constexpr const char* kOutFolder = "/out";
inline constexpr const char* kHomeFolder = "/home/agent";
inline constexpr const char* kWorkingFolder = "/workspace";
inline constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}   // namespace capid::sandbox

// SPDX-License-Identifier: Apache-2.0
// How a sandboxed program ended. Data only; the first cause wins.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"

namespace capid::sandbox {

enum class End {
  kExited,            ///< by itself: see exit_code
  kSignaled,          ///< by a signal that capid did not send: see signal
  kTimedOut,          ///< over its wall-clock limit
  kTerminated,        ///< by terminate()
  kOutOfMemory,       ///< by the kernel, over its memory limit
  kCommandNotFound,   ///< there is no such program inside, or it cannot be executed: see error
  kSetupFailed,       ///< a step of the set-up failed, and nothing was run: see failed_step and error
};

struct Outcome {
  End end = End::kSetupFailed;
  int exit_code = 0;
  int signal = 0;
  std::string failed_step;
  int error = 0;   ///< an errno

  std::string stdout_bytes;   ///< empty where Callbacks::on_stdout takes it
  bool stdout_truncated = false;
  bool stderr_truncated = false;
  bool events_truncated = false;

  int64_t cpu_ms = 0;              ///< of all its processes
  int64_t peak_memory_bytes = 0;   ///< of all together, files inside included; without cgroups: of its largest process
  int64_t wall_ms = 0;

  base::Fd out_folder;   ///< /out, readable though every process is gone; none where the set-up failed before it
};

}   // namespace capid::sandbox

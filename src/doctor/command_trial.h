// SPDX-License-Identifier: Apache-2.0
// Whether programs are to be found inside a sandbox, looked for in real ones and never run.
#pragma once

#include <vector>

#include "sandbox/outcome.h"
#include "sandbox/spec.h"

namespace capid::doctor {

/// How it went with one command.
struct Looked {
  sandbox::End end = sandbox::End::kSetupFailed;   ///< kExited: it is there
  int error = 0;                                   ///< an errno
  std::string failed_step;
};

/// In the order of `specs`, whose commands are looked for as the user that this process is; nothing where no sandbox can be
/// tried out at all (as root, or on a host without namespaces). Call it while this process has one thread.
[[nodiscard]] std::vector<Looked> look_for_commands(std::vector<sandbox::Spec> specs);

}   // namespace capid::doctor

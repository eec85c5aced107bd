// SPDX-License-Identifier: Apache-2.0
// The addresses of a host to a TCP connection, on an event loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "base/fd.h"

namespace capid::net {

struct Connected {
  enum class Problem {
    kNone,
    kNobodyAccepts,   ///< or no way leads there
    kNoAnswer,        ///< within the time
    kOutOfMeans       ///< this process has no descriptor or no memory left for it
  };

  base::Fd socket;       ///< with kNone: does not block, and is closed by exec
  std::string address;   ///< that is connected, or that was tried last; empty where there was none to try
  Problem problem = Problem::kNobodyAccepts;
  std::string why;   ///< of the problem, in the system's words
};

/// Connects to the first of the numeric `addresses` that accepts, trying them in turn; each has an equal share of the time
/// that is left of `most`, so that one that is silent leaves the others theirs. `done` is called once, never from within the
/// call; not at all once what is returned was called, which ends the attempt at once and may be called again. Both calls,
/// and `done`, on the loop's thread.
[[nodiscard]] std::function<void()> connect(base::EventLoop& loop, std::vector<std::string> addresses, uint16_t port,
                                            std::chrono::nanoseconds most,
                                            std::function<void(Connected connected)> done);

}   // namespace capid::net

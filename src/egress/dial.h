// SPDX-License-Identifier: Apache-2.0
// A host's name to a connection: looked up, judged, and dialled at the very addresses that were judged.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/event_loop.h"
#include "base/fd.h"
#include "net/address_guard.h"
#include "net/allowed_host.h"

namespace capid::egress {

struct Dialled {
  enum class Kind {
    kConnected,
    kRefused,   ///< where it leads is neither public nor allowed by the operator
    kFailed,    ///< there is no such host, or nobody accepts connections there
    kTimedOut
  };

  Kind kind = Kind::kFailed;
  base::Fd socket;       ///< kConnected
  std::string problem;   ///< else: for people, a sentence
};

/// Connects to `place` within `most`. One address that the guard does not allow refuses all of them; else they are tried in
/// turn, each with an equal share of the time that is left. `done` is called once, on the loop's thread, never from within
/// the call; not at all once what is returned was called, which ends the attempt at once. Call both on the loop's thread.
/// The problem of a refusal names no address: what an internal name leads to is not the app's to know.
[[nodiscard]] std::function<void()> dial(base::EventLoop& loop, const net::AddressGuard& guard,
                                         const net::HostAndPort& place, std::chrono::milliseconds most,
                                         std::function<void(Dialled dialled)> done);

}   // namespace capid::egress

// SPDX-License-Identifier: Apache-2.0
// A host's name to addresses on an event loop, without the name service switch, which a static program lacks.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/event_loop.h"

namespace capid::net {

/// What a look-up found.
struct Found {
  enum class Kind {
    kAddresses,
    kNoSuchHost,   ///< whoever is responsible says so, it cannot be a name, or it has more than kMostAddresses
    kNoAnswer      ///< time is over, or no name server could be asked, or none could say
  };

  Kind kind = Kind::kNoAnswer;
  std::vector<std::string> addresses;   ///< all of them, best first; empty but with kAddresses
  std::string problem;                  ///< for people, with the host's name; empty with kAddresses
};

/// A host with more is refused rather than cut: whoever checks addresses must see all of them.
constexpr size_t kMostAddresses = 32;

/// The addresses of `host`, A and AAAA: of a numeric address itself, of `localhost` the loopback's; of any other name
/// what /etc/hosts and the name servers of /etc/resolv.conf say, which are read anew for each look-up. `done` is called
/// once, on the loop's thread, within `most`, and never from within this call; not at all where the loop ends sooner.
/// Callable from any thread.
///
/// A family whose question nobody answers does not spoil what the other one's brought. Where that one brought nothing,
/// the later answer of the two says which kind it is: a host may be called unknown that only had no answer.
void lookup(base::EventLoop& loop, const std::string& host, std::chrono::milliseconds most,
            std::function<void(Found found)> done);

}   // namespace capid::net

// SPDX-License-Identifier: Apache-2.0
// What a run may reach through one of its listeners, and what is told of every connection. Data only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/crypto.h"
#include "net/allowed_host.h"

namespace capid::egress {

/// A proxy for what the rules allow.
struct Proxy {
  std::vector<net::AllowedHost> allow;
};

/// One host over TLS, with a header that the run never sees. The value is a secret: it goes into requests to that host and
/// nowhere else. A host that sends back what it is sent gives it away; that is not protected against.
struct Injection {
  net::HostAndPort place;
  std::string header;
  base::SecretText value;
};

using Site = std::variant<Proxy, Injection>;

/// One connection of the run's, at its end.
struct Visit {
  enum class Outcome { kAllowed, kRefused, kFailed };

  std::optional<net::HostAndPort> place;   ///< nothing: what was asked for is not known, or was not understood
  Outcome outcome = Outcome::kRefused;
  std::string reason;       ///< for people, one sentence; empty where it went well
  int64_t bytes_up = 0;     ///< to the host, heads included
  int64_t bytes_down = 0;   ///< from the host
};

/// What one run may cost.
struct Limits {
  std::chrono::milliseconds head{10'000};     ///< for the head of a request
  std::chrono::milliseconds dial{15'000};     ///< for the look-up, the connection and TLS
  std::chrono::milliseconds idle{900'000};    ///< without a byte in either direction
  std::chrono::milliseconds half{120'000};    ///< the same, once one side has ended
  std::chrono::milliseconds goodbye{2'000};   ///< after a refusal, for the run to read it
  size_t connections = 64;                    ///< at once; further ones wait in the kernel
};

}   // namespace capid::egress

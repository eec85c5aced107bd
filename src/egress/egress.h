// SPDX-License-Identifier: Apache-2.0
// Egress: the only way out of a sandbox. Accepts on listeners inside each run's own net namespace, so that who connects
// is known and cannot be forged, and passes on what that run is allowed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/fd.h"
#include "egress/site.h"
#include "net/address_guard.h"

namespace capid::egress {

/// One listener of a run, and what stands behind it.
struct Door {
  base::Fd listener;   ///< a listening TCP socket, made in the run's net namespace
  Site site;
};

class Egress {
 public:
  /// `guard` says which addresses may be called at all, whatever an app allows itself. It outlives the egress.
  explicit Egress(const net::AddressGuard& guard, Limits limits = {});
  ~Egress();

  /// Begins to accept, on a thread of its own.
  void start();

  /// Opens a run's doors; returns the handle to close them. `on_visit` is told of every connection that said something,
  /// when it ends or is refused, on a thread of the egress's: it must not block. Callable from any thread.
  [[nodiscard]] uint64_t open(std::vector<Door> doors, std::function<void(Visit visit)> on_visit);

  /// Closes a run's doors and every connection of it, at once. When it returns, all of them were told of, nobody is told
  /// anything any more, and no descriptor of the run is held. Callable from any thread but the egress's; before start() or
  /// after stop() it does nothing.
  void close(uint64_t handle);

  /// Closes everything, for good. Nobody is told.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}   // namespace capid::egress

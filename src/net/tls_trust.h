// SPDX-License-Identifier: Apache-2.0
// Whose certificates are believed, loaded once for many connections of an event loop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/event_loop.h"
#include "base/worker_pool.h"

namespace boost::asio::ssl {
class context;
}

namespace capid::net {

/// The host's bundle (certificate_bundle()), read when it is first needed and again when that is an hour ago. Peers
/// must speak TLS 1.2 at least and have a certificate that the bundle vouches for; whose name it must bear is the
/// connection's to say. Copies share what was loaded.
class TlsTrust {
 public:
  struct Loaded {
    std::shared_ptr<boost::asio::ssl::context> context;   ///< none where there is a problem
    std::string problem;                                  ///< for people
  };

  /// The bundle is read on one of `workers`, which must end before any loop that asks.
  explicit TlsTrust(base::WorkerPool& workers);

  /// Hands what is loaded to `done`: from within the call, or soon on the loop's thread. What could not be loaded is
  /// tried again at the next call. Only on the thread of `loop`, and always of the same one.
  void use(base::EventLoop& loop, std::function<void(const Loaded&)> done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}   // namespace capid::net

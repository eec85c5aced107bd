// SPDX-License-Identifier: Apache-2.0
// The HTTP server: listeners, connections, the guards that every request passes, and the routes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "http/listen.h"
#include "http/routes.h"
#include "http/tls.h"

namespace capid::http {

class Server {
 public:
  struct Options {
    std::vector<ListenAddress> listen;
    std::shared_ptr<Tls> tls;         ///< what is spoken on addresses; nothing: plain HTTP, as always on Unix sockets
    size_t max_connections = 4'000;   ///< at once; a further one is answered 503
  };

  Server(Options options, const Routes& routes);
  ~Server();

  /// Binds and accepts. Errors: kInvalidParameter, e.g. for a port that is taken.
  [[nodiscard]] Result<void> start();

  /// Where it listens, once it has started.
  [[nodiscard]] const std::vector<std::string>& urls() const;

  void write_metrics(base::MetricsText& text) const;

  /// Accepts nothing more, lets requests that are being answered finish, closes every connection. Streams and files are cut
  /// at once, and what is not answered after five seconds as well, so that nobody who reads slowly holds up the end.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}   // namespace capid::http

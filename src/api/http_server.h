// SPDX-License-Identifier: Apache-2.0
// The HTTP server: listeners, connections, the guards that every request passes, and the router's routes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/router.h"

namespace capid::api {

/// A numeric address and a port (0: a free one), or a Unix socket's path.
struct ListenAddress {
  std::string address;
  uint16_t port = 0;
  std::string unix_path;
};

class HttpServer {
 public:
  struct Options {
    std::vector<ListenAddress> listen;
    size_t max_connections = 4'000;   ///< at once; a further one is answered 503
  };

  HttpServer(Options options, const Router& router);
  ~HttpServer();

  /// Binds and accepts. Returns where it listens, as URLs. Errors: kInvalidParameter, e.g. for a port that is taken.
  [[nodiscard]] Result<std::vector<std::string>> start();

  /// Accepts nothing more, lets requests that are being answered finish, closes every connection.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace capid::api

// SPDX-License-Identifier: Apache-2.0
// Listening sockets.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"

namespace capid::http {

/// A numeric address and a port (0: a free one), or a Unix socket's path.
struct ListenAddress {
  std::string address;
  uint16_t port = 0;
  std::string unix_path;
  bool hidden = false;   ///< not among the addresses that people are told
};

struct Listening {
  base::Fd socket;
  std::string url;   ///< http://127.0.0.1:8080 or unix:/PATH
};

/// Binds and listens. Errors: kInvalidParameter, e.g. for an address that something else has; two servers never share
/// one.
[[nodiscard]] Result<Listening> listen_on(const ListenAddress& where);

}   // namespace capid::http

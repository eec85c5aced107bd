// SPDX-License-Identifier: Apache-2.0
// A descriptor to a TCP socket of asio's. Included by .cc files alone.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "base/event_loop.h"
#include "base/fd.h"

namespace capid::net {

/// `socket`, of either family, for use on the thread of `loop`; small writes are sent at once. One that cannot be taken is
/// not open: every use of it fails.
[[nodiscard]] boost::asio::ip::tcp::socket tcp_socket(base::EventLoop& loop, base::Fd socket);

}   // namespace capid::net

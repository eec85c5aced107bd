// SPDX-License-Identifier: Apache-2.0
#include "net/tcp.h"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>

namespace capid::net {
namespace {

using Tcp = boost::asio::ip::tcp;

Tcp protocol_of(const base::Fd& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return address.ss_family == AF_INET6 ? Tcp::v6() : Tcp::v4();
}

}   // namespace

Tcp::socket tcp_socket(base::EventLoop& loop, base::Fd socket) {
  Tcp::socket taken(loop.context());
  boost::system::error_code failed;
  taken.assign(protocol_of(socket), socket.get(), failed);
  if (!failed) (void)socket.release();
  taken.set_option(Tcp::no_delay(true), failed);
  return taken;
}

}   // namespace capid::net

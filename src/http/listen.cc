// SPDX-License-Identifier: Apache-2.0
#include "http/listen.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

namespace capid::http {
namespace {

constexpr int kBacklog = 1024;

// Non-blocking: a client may be gone again between poll and accept.
constexpr int kFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;

Error cannot_listen(const std::string& where) {
  const bool taken = errno == EADDRINUSE;
  Error error = base::system_error("cannot listen on " + where, "bind");
  error.code = Code::kInvalidParameter;
  if (taken) error.message += ": something else does; stop that, or choose another address with --listen";
  return error;
}

struct TcpAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

TcpAddress tcp_address(const ListenAddress& where, bool v6) {
  TcpAddress address;
  if (v6) {
    auto& in6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(where.port);
    ::inet_pton(AF_INET6, where.address.c_str(), &in6.sin6_addr);
    address.size = sizeof in6;
  } else {
    auto& in4 = reinterpret_cast<sockaddr_in&>(address.storage);
    in4.sin_family = AF_INET;
    in4.sin_port = htons(where.port);
    ::inet_pton(AF_INET, where.address.c_str(), &in4.sin_addr);
    address.size = sizeof in4;
  }
  return address;
}

Result<Listening> listen_tcp(const ListenAddress& where) {
  const bool v6 = where.address.find(':') != std::string::npos;
  base::Fd socket(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | kFlags, 0));
  if (!socket) return base::system_error("no socket to listen on", "socket");
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on,
               sizeof on);   // not SO_REUSEPORT, which would share the port

  TcpAddress address = tcp_address(where, v6);
  auto* raw = reinterpret_cast<sockaddr*>(&address.storage);
  const std::string host = v6 ? "[" + where.address + "]" : where.address;
  if (::bind(socket.get(), raw, address.size) != 0 || ::listen(socket.get(), kBacklog) != 0) {
    return cannot_listen(host + ":" + std::to_string(where.port));
  }
  ::getsockname(socket.get(), raw, &address.size);
  const auto port = reinterpret_cast<const sockaddr_in&>(address.storage).sin_port;   // at one place in both families
  return Listening{std::move(socket), "http://" + host + ":" + std::to_string(ntohs(port))};
}

Result<Listening> listen_unix(const std::string& path, bool is_own) {
  base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | kFlags, 0));
  if (!socket) return base::system_error("no socket to listen on", "socket");
  struct stat status {};
  const bool left_behind = ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
  if (left_behind) ::unlink(path.c_str());   // by a server that was killed: the data folder's lock says that none runs
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return cannot_listen(path);
  }
  // Whoever may enter its folder may ask, a proxy of another user's as well; the keys are what guards it.
  if (!is_own) ::chmod(path.c_str(), 0666);
  return Listening{std::move(socket), "unix:" + path};
}

}   // namespace

Result<Listening> listen_on(const ListenAddress& where) {
  return where.unix_path.empty() ? listen_tcp(where) : listen_unix(where.unix_path, where.hidden);
}

}   // namespace capid::http

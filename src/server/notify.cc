// SPDX-License-Identifier: Apache-2.0
#include "server/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/fd.h"
#include "base/text.h"

namespace capid::server {
namespace {

constexpr const char* kVariable = "NOTIFY_SOCKET";
constexpr const char* kWatchdog = "WATCHDOG_USEC";
constexpr const char* kWatchdogPid = "WATCHDOG_PID";

struct Address {
  sockaddr_un name{};
  socklen_t length = 0;
};

Error refuse(const std::string& socket, const std::string& why) {
  return {Code::kInvalidParameter, std::string("the service manager at ") + kVariable + "=" + socket +
                                       " cannot be told that capid is up: " + why};
}

Result<Address> address_of(const std::string& socket) {
  Address address;
  address.name.sun_family = AF_UNIX;
  if (socket.front() != '/' && socket.front() != '@')
    return refuse(socket, "it is neither a path nor an abstract name");
  if (socket.size() >= sizeof(address.name.sun_path)) return refuse(socket, "the name is too long");
  socket.copy(address.name.sun_path, socket.size());
  if (socket.front() == '@') address.name.sun_path[0] = '\0';   // an abstract name ends with its length, at no NUL
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
  return address;
}

}   // namespace

Notify Notify::take_from_environment() {
  const char* socket = std::getenv(kVariable);
  Notify notify(socket ? socket : "");
  const char* interval = std::getenv(kWatchdog);
  const char* pid = std::getenv(kWatchdogPid);
  const auto microseconds = base::to_integer(interval ? interval : "");
  const bool is_meant = !pid || pid == std::to_string(::getpid());   // and no process that inherited it
  if (microseconds && *microseconds > 0 && is_meant)
    notify.watchdog_ = std::chrono::milliseconds(*microseconds / 1'000);
  for (const char* name : {kVariable, kWatchdog, kWatchdogPid}) ::unsetenv(name);
  return notify;
}

Result<void> Notify::send(const std::string& message) const {
  if (socket_.empty()) return {};
  const Address address = TRY(address_of(socket_));
  const base::Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return refuse(socket_, std::strerror(errno));
  const auto* name = reinterpret_cast<const sockaddr*>(&address.name);
  if (::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT, name, address.length) < 0)
    return refuse(socket_, std::strerror(errno));
  return {};
}

// MAINPID: where a wrapper in front of capid was started, the manager would watch the wrapper.
Result<void> Notify::ready(std::string_view status) const {
  return send("READY=1\nMAINPID=" + std::to_string(::getpid()) + "\nSTATUS=" + std::string(status) + "\n");
}

void Notify::alive() const { (void)send("WATCHDOG=1\n"); }

void Notify::stopping(std::string_view status, std::chrono::milliseconds at_most) const {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(at_most).count();
  (void)send("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string(microseconds) + "\nSTATUS=" + std::string(status) +
             "\n");
}

}   // namespace capid::server

// SPDX-License-Identifier: Apache-2.0
// Tells the service manager that started capid how far it is, in sd_notify's protocol: one datagram a message.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace capid::server {

class Notify {
 public:
  /// Takes $NOTIFY_SOCKET and what belongs to it out of the environment, so that nothing inherits it; where it is not set, nobody is told
  /// anything. Call it before the process has a second thread.
  [[nodiscard]] static Notify take_from_environment();

  /// The server listens; `status` is a line for people. Errors: kInvalidParameter where the manager cannot be told, for
  /// it would wait, then end a server that is up.
  [[nodiscard]] Result<void> ready(std::string_view status) const;

  /// How often the manager wants to hear that the server is alive, where it does.
  [[nodiscard]] std::optional<std::chrono::milliseconds> watchdog_interval() const { return watchdog_; }

  /// It is. A manager that is not told for longer than that interval ends it and starts it anew.
  void alive() const;

  /// The server drains, and may take that long. A manager that cannot be told any more knows no worse than that it
  /// asked for the end itself.
  void stopping(std::string_view status, std::chrono::milliseconds at_most) const;

 private:
  explicit Notify(std::string socket) : socket_(std::move(socket)) {}
  [[nodiscard]] Result<void> send(const std::string& message) const;

  std::optional<std::chrono::milliseconds> watchdog_;
  std::string socket_;   // a path, or @ and an abstract name; empty: nobody asked
};

}   // namespace capid::server

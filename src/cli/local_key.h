// SPDX-License-Identifier: Apache-2.0
// A key for one call on the machine itself: issued in the data folder, short-lived, revoked when the call is over.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "base/fd.h"
#include "cli/cli.h"

namespace capid::cli {

/// The keys are made and revoked by a process of its own, for two reasons: as root it must become the data folder's
/// owner, while the call itself reads and writes the user's files; and it revokes the key however the call ends, even
/// by SIGKILL.
class LocalKey {
 public:
  using Clock = std::chrono::steady_clock;

  /// Must be called while the process has one thread.
  [[nodiscard]] static Result<std::unique_ptr<LocalKey>> start(const Place& place, const std::string& account);
  ~LocalKey() { finish(); }
  LocalKey(const LocalKey&) = delete;
  LocalKey& operator=(const LocalKey&) = delete;

  /// A key that is good for another minute at least. A new one takes the place of the one before, which is revoked.
  [[nodiscard]] Result<std::string> get(Clock::time_point now = Clock::now());

  /// Revokes the key. Callable from another thread, more than once.
  void finish();

 private:
  LocalKey(pid_t keeper, base::Fd socket) : keeper_(keeper), socket_(std::move(socket)) {}

  std::atomic<pid_t> keeper_;
  base::Fd socket_;
  std::string key_;
  Clock::time_point issued_;
};

}   // namespace capid::cli

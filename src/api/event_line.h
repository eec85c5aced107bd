// SPDX-License-Identifier: Apache-2.0
// Lines that stay open for events: who may hold one, and how it is kept from falling silent.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "http/message.h"
#include "threads/feed.h"

namespace capid::api {

/// Places for open lines: so many in all, and half of them at most for one account, so that none keeps the others out. Outlives
/// the seats that it gives.
class Seats {
 public:
  explicit Seats(size_t most) : most_(most) {}

  /// One line's place, until it is destroyed.
  class Seat {
   public:
    Seat(Seats& seats, std::string account) : seats_(seats), account_(std::move(account)) {}
    ~Seat() { seats_.leave(account_); }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

   private:
    Seats& seats_;
    std::string account_;
  };

  /// kQueueFull where there is none.
  [[nodiscard]] Result<std::unique_ptr<Seat>> take(const std::string& account);

 private:
  void leave(const std::string& account);

  const size_t most_;
  std::mutex mutex_;
  size_t taken_ = 0;
  std::map<std::string, size_t> taken_by_;   // accounts with a seat
};

/// One open line and the news that it waits for. Belongs to the thread that sends.
class EventLine {
 public:
  /// `run` may be Feed::kAnyRun.
  EventLine(threads::Feed& feed, std::string run) : watch_(feed, std::move(run)) {}

  enum class News { kSome, kNone, kGone };

  /// Waits: kNone is returned when the line was silent for so long that a proxy may close it, kGone when nobody listens any more.
  [[nodiscard]] News wait(http::Sink& sink);

  /// False: nobody listens any more.
  [[nodiscard]] bool say(http::Sink& sink, std::string_view text);

  /// When something was said last.
  [[nodiscard]] std::chrono::steady_clock::time_point last_said() const { return last_said_; }

 private:
  threads::Feed::Watch watch_;
  std::chrono::steady_clock::time_point last_said_ = std::chrono::steady_clock::now();
};

/// The answer whose body `go_on` writes.
[[nodiscard]] http::Response event_stream(std::function<http::Streaming(http::Sink&)> go_on);

}   // namespace capid::api

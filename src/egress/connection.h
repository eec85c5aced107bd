// SPDX-License-Identifier: Apache-2.0
// One connection of a run's: its request, what is decided about it, and the bytes that follow. After the first request
// everything goes to the one host that was decided on, so that nothing on the connection reaches another.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "egress/channel.h"
#include "egress/dial.h"
#include "egress/head.h"
#include "egress/site.h"
#include "net/address_guard.h"

namespace capid::egress {

/// What all connections share. Outlives them.
struct Surroundings {
  base::EventLoop& loop;
  const net::AddressGuard& guard;
  net::TlsTrust& trust;
  const Limits& limits;
};

/// Lives on the loop's thread, and is kept by whoever waits for it. Holds at most two buffers and two heads.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `tell` is called once, unless the run said nothing; `left` once, last, when everything is closed.
  Connection(const Surroundings& around, std::shared_ptr<const Site> site, base::Fd client,
             std::function<void(Visit visit)> tell, std::function<void()> left);

  void start();

  /// Ends what has taken too long. Called now and then.
  void check(TimePoint now);

  /// Closes everything at once.
  void close(const std::string& why);

 private:
  enum class Stage { kHead, kDialling, kRelaying, kGoodbye, kOver };
  static constexpr size_t kBuffer = size_t{16} << 10;

  void read_head();
  void take_head(size_t got);
  void judge(const std::string& text);
  void judge_for_proxy(const RequestHead& head, const Proxy& proxy);
  void judge_for_injection(const RequestHead& head, const Injection& injection);
  void call(bool is_secure);
  void take_dialled(Dialled dialled, bool is_secure);
  void secure(base::Fd socket);
  void relay(std::shared_ptr<Channel> host);
  void pump_up();
  void send_up(std::string_view bytes);
  void end_up();
  void pump_down();
  void take_down(size_t got);
  void take_answer(size_t got);
  void send_down(std::string_view bytes);
  void end_down();
  void touch();
  void answer(int status, Visit::Outcome outcome, std::string reason);
  void say_goodbye();
  void tell(Visit::Outcome outcome, std::string reason);
  void give_up();
  void finish();

  [[nodiscard]] bool is_over() const { return stage_ == Stage::kOver; }

  const Surroundings& around_;
  const std::shared_ptr<const Site> site_;
  const std::shared_ptr<Channel> client_;
  std::shared_ptr<Channel> host_;
  std::function<void(Visit)> tell_;   // none: told
  std::function<void()> left_;
  std::function<void()> give_up_;   // ends the dial or the handshake
  Stage stage_ = Stage::kHead;
  TimePoint deadline_;
  Visit visit_;
  std::string head_;          // of the request, as it comes in; then what is sent to the host first
  std::string answer_head_;   // as it comes in
  bool is_tunnel_ = false;
  bool awaits_answer_ = false;   // of plain HTTP, whose head is passed on in parts
  bool up_ended_ = false, down_ended_ = false;
  std::string out_;   // what is being sent to the run, where it is not in a buffer
  std::array<char, kBuffer> up_, down_;
};

}   // namespace capid::egress

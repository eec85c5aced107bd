// SPDX-License-Identifier: Apache-2.0
#include "api/event_line.h"

namespace capid::api {
namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 1s;         // how long it takes to notice that a silent listener is gone
constexpr auto kKeepAlive = 15s;   // proxies close what is silent for longer

}   // namespace

Result<std::unique_ptr<Seats::Seat>> Seats::take(const std::string& account) {
  std::lock_guard lock(mutex_);
  if (taken_ >= most_) return Error{Code::kQueueFull, "too many listen for events: try again later, or ask for lists"};
  const auto own = taken_by_.find(account);
  if (own != taken_by_.end() && own->second >= most_ / 2)
    return Error{Code::kQueueFull, "this account listens for events over " + std::to_string(own->second) +
                                       " connections already: close some, or ask for lists"};
  ++taken_;
  ++taken_by_[account];
  return std::make_unique<Seat>(*this, account);
}

void Seats::leave(const std::string& account) {
  std::lock_guard lock(mutex_);
  --taken_;
  const auto own = taken_by_.find(account);
  if (--own->second == 0) taken_by_.erase(own);
}

EventLine::News EventLine::wait(http::Sink& sink) {
  while (sink.is_open()) {
    if (watch_.wait(kLook)) return News::kSome;
    if (std::chrono::steady_clock::now() - last_said_ >= kKeepAlive) return News::kNone;
  }
  return News::kGone;
}

bool EventLine::say(http::Sink& sink, std::string_view text) {
  last_said_ = std::chrono::steady_clock::now();
  return sink.write(text);
}

http::Response event_stream(std::function<http::Streaming(http::Sink&)> go_on) {
  http::Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("X-Accel-Buffering", "no");
  response.stream = std::move(go_on);
  response.is_endless = true;
  return response;
}

}   // namespace capid::api

// SPDX-License-Identifier: Apache-2.0
#include "gateway/pause.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace capid::gateway {
namespace asio = boost::asio;

struct Pause::Timer {
  asio::steady_timer timer;
};

Pause::Pause(base::EventLoop& loop) : timer_(new Timer{asio::steady_timer(loop.context())}) {}
Pause::~Pause() = default;

base::Task<void> Pause::sleep(std::chrono::milliseconds time) {
  timer_->timer.expires_after(time);
  co_await timer_->timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void Pause::end() { timer_->timer.cancel(); }

}   // namespace capid::gateway

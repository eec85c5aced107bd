// SPDX-License-Identifier: Apache-2.0
#include "base/event_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <thread>

namespace capid::base {
namespace asio = boost::asio;

struct EventLoop::State {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;

  void repeat(std::shared_ptr<asio::steady_timer> timer, std::chrono::milliseconds interval,
              std::function<void()> task) {
    timer->expires_after(interval);
    timer->async_wait([=, this](const boost::system::error_code& error) {
      if (error) return;
      task();
      repeat(timer, interval, task);
    });
  }
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {}

EventLoop::~EventLoop() { stop(); }

void EventLoop::start() {
  state_->thread = std::thread([this] { state_->context.run(); });
}

void EventLoop::stop() {
  state_->context.stop();
  if (state_->thread.joinable()) state_->thread.join();
}

void EventLoop::post(std::function<void()> task) { asio::post(state_->context, std::move(task)); }

void EventLoop::after(int delay_ms, std::function<void()> task) {
  auto timer = std::make_shared<asio::steady_timer>(state_->context, std::chrono::milliseconds(delay_ms));
  timer->async_wait([timer, task = std::move(task)](const boost::system::error_code& error) {
    if (!error) task();
  });
}

void EventLoop::every(int interval_ms, std::function<void()> task) {
  auto timer = std::make_shared<asio::steady_timer>(state_->context);
  asio::post(state_->context, [=, this] { state_->repeat(timer, std::chrono::milliseconds(interval_ms), task); });
}

boost::asio::io_context& EventLoop::context() { return state_->context; }

}   // namespace capid::base

// SPDX-License-Identifier: Apache-2.0
// One thread on which everything that waits is waited for: pipes of running agents, timers, sockets.
#pragma once

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace capid::base {

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();   ///< stops the thread; handlers that wait are dropped

  /// Starts the thread. What must happen before the first thread exists (forking) happens before this.
  void start();
  void stop();

  /// Runs `task` on the loop's thread, soon. Callable from any thread.
  void post(std::function<void()> task);

  /// Runs `task` on the loop's thread, once, `delay_ms` from now.
  void after(int delay_ms, std::function<void()> task);

  /// Runs `task` on the loop's thread, every `interval_ms` until the loop stops.
  void every(int interval_ms, std::function<void()> task);

  [[nodiscard]] boost::asio::io_context& context();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}   // namespace capid::base

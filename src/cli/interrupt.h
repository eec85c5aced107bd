// SPDX-License-Identifier: Apache-2.0
// Ctrl-C while a client works: it ends at once, whatever it waits for, and leaves nothing half done.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

namespace capid::cli {

class Interrupt {
 public:
  /// From here on SIGINT, SIGTERM and SIGHUP end the process with 130, from a thread of its own. The process must have
  /// one thread.
  Interrupt();

  /// What is said on stderr then.
  void say(std::string farewell);

  /// Does `undo` then, as long as the returned value lives.
  [[nodiscard]] std::shared_ptr<void> guard(std::function<void()> undo);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}   // namespace capid::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/interrupt.h"

#include <signal.h>

#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

#include "cli/cli.h"

namespace capid::cli {

struct Interrupt::State {
  std::mutex mutex;
  std::string farewell;
  std::list<std::function<void()>> undos;

  // Keeps the lock: nobody is to go on with what is taken back here.
  [[noreturn]] void end() {
    mutex.lock();
    std::cerr << "\n" << farewell << std::flush;
    for (auto undo = undos.rbegin(); undo != undos.rend(); ++undo) (*undo)();
    std::_Exit(kInterrupted);
  }
};

Interrupt::Interrupt() : state_(std::make_shared<State>()) {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([state = state_, signals] {
    int signal = 0;
    ::sigwait(&signals, &signal);
    state->end();
  }).detach();
}

void Interrupt::say(std::string farewell) {
  std::lock_guard lock(state_->mutex);
  state_->farewell = std::move(farewell);
}

std::shared_ptr<void> Interrupt::guard(std::function<void()> undo) {
  std::lock_guard lock(state_->mutex);
  const auto place = state_->undos.insert(state_->undos.end(), std::move(undo));
  return {nullptr, [state = state_, place](void*) {
            std::lock_guard again(state->mutex);
            state->undos.erase(place);
          }};
}

}   // namespace capid::cli

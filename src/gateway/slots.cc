// SPDX-License-Identifier: Apache-2.0
#include "gateway/slots.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace capid::gateway {

Slots::Waiter::Waiter(Slots& its_slots, Pause& its_pause) : slots(its_slots), pause(its_pause) {
  slots.waiting_.push_back(this);
}

Slots::Waiter::~Waiter() { std::erase(slots.waiting_, this); }

base::Task<Slots::Held> Slots::take(Pause& pause) {
  constexpr std::chrono::hours kForever{24};
  if (free_ > 0) {
    --free_;
    co_return Held(*this);
  }
  Waiter waiter(*this, pause);
  co_await pause.sleep(kForever);
  co_return waiter.has_slot ? Held(*this) : Held();
}

// A slot goes from hand to hand while somebody waits: who comes just now does not get in before them.
void Slots::give_back() {
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  Waiter& next = *waiting_.front();
  waiting_.pop_front();
  next.has_slot = true;
  next.pause.end();
}

}   // namespace capid::gateway

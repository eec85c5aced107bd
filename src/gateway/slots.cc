// SPDX-License-Identifier: Apache-2.0
#include "gateway/slots.h"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace capid::gateway {

Slots::Waiter::Waiter(Slots& its_slots, Pause& its_pause, const std::string& its_run)
    : slots(its_slots), pause(its_pause), run(its_run) {
  slots.waiting_.push_back(this);
}

Slots::Waiter::~Waiter() { std::erase(slots.waiting_, this); }

base::Task<Slots::Held> Slots::take(Pause& pause, const std::string& run) {
  constexpr std::chrono::hours kForever{24};
  Waiter waiter(*this, pause, run);
  let_in();
  if (!waiter.has_slot) co_await pause.sleep(kForever);
  co_return waiter.has_slot ? Held(*this, run) : Held();
}

void Slots::give_back(const std::string& run) {
  const auto held = held_.find(run);
  if (--held->second == 0) held_.erase(held);
  ++free_;
  let_in();
}

// As many as there is room for: of the runs with the fewest slots first, and of those in the order of coming.
void Slots::let_in() {
  while (free_ > 0 && !waiting_.empty()) {
    const auto next = std::min_element(waiting_.begin(), waiting_.end(), [&](const Waiter* one, const Waiter* other) {
      return held_by(one->run) < held_by(other->run);
    });
    Waiter& waiter = **next;
    if (held_by(waiter.run) >= most_of_a_run_) return;
    waiting_.erase(next);
    --free_;
    ++held_[waiter.run];
    waiter.has_slot = true;
    waiter.pause.end();
  }
}

int64_t Slots::held_by(const std::string& run) const {
  const auto found = held_.find(run);
  return found == held_.end() ? 0 : found->second;
}

}   // namespace capid::gateway

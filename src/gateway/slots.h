// SPDX-License-Identifier: Apache-2.0
// How many calls one provider may have at once: who comes later waits, and is let in in the order of coming.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "base/task.h"
#include "gateway/pause.h"

namespace capid::gateway {

class Slots {
 public:
  explicit Slots(int64_t count) : free_(count) {}

  /// Given back with the object. It must not outlive the slots.
  class Held {
   public:
    Held() = default;
    explicit Held(Slots& slots) : slots_(&slots) {}
    Held(Held&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (slots_) slots_->give_back();
    }
    [[nodiscard]] explicit operator bool() const { return slots_; }

   private:
    Slots* slots_ = nullptr;
  };

  /// Waits for one; nothing where `pause` was ended by others meanwhile.
  [[nodiscard]] base::Task<Held> take(Pause& pause);

 private:
  // Stands in the line for as long as it lives, unless it was let in.
  struct Waiter {
    Waiter(Slots& its_slots, Pause& its_pause);
    ~Waiter();
    Waiter(const Waiter&) = delete;

    Slots& slots;
    Pause& pause;
    bool has_slot = false;
  };

  void give_back();

  int64_t free_;
  std::deque<Waiter*> waiting_;
};

}   // namespace capid::gateway

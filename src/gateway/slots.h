// SPDX-License-Identifier: Apache-2.0
// How many calls one provider may have at once: who comes later waits. Runs that have fewer are let in first, and no run has
// all, so that one which asks without end is in nobody's way.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "base/task.h"
#include "gateway/pause.h"

namespace capid::gateway {

class Slots {
 public:
  /// A quarter of them, rounded down, is not for any one run.
  explicit Slots(int64_t count) : free_(count), most_of_a_run_(count - count / 4) {}

  /// Given back with the object. It must not outlive the slots.
  class Held {
   public:
    Held() = default;
    Held(Slots& slots, std::string run) : slots_(&slots), run_(std::move(run)) {}
    Held(Held&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)), run_(std::move(other.run_)) {}
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (slots_) slots_->give_back(run_);
    }
    [[nodiscard]] explicit operator bool() const { return slots_; }

   private:
    Slots* slots_ = nullptr;
    std::string run_;
  };

  /// Waits for one for this run; nothing where `pause` was ended by others meanwhile.
  [[nodiscard]] base::Task<Held> take(Pause& pause, const std::string& run);

 private:
  // Stands in the line for as long as it lives, unless it was let in.
  struct Waiter {
    Waiter(Slots& its_slots, Pause& its_pause, const std::string& its_run);
    ~Waiter();
    Waiter(const Waiter&) = delete;

    Slots& slots;
    Pause& pause;
    const std::string& run;
    bool has_slot = false;
  };

  void give_back(const std::string& run);
  void let_in();
  [[nodiscard]] int64_t held_by(const std::string& run) const;

  int64_t free_;
  const int64_t most_of_a_run_;
  std::map<std::string, int64_t> held_;   // by run; none is zero
  std::deque<Waiter*> waiting_;           // in the order of coming
};

}   // namespace capid::gateway

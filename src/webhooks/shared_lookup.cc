// SPDX-License-Identifier: Apache-2.0
#include "webhooks/shared_lookup.h"

#include <algorithm>
#include <iterator>

namespace capid::webhooks {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kTooLate = 20ms;   // to ask for anything

bool is_over(Clock::time_point deadline) { return deadline - Clock::now() < kTooLate; }

}   // namespace

void SharedLookup::find(const std::string& host, TimePoint deadline, Look look) {
  auto& askers = askers_[host];
  askers.push_back({.deadline = deadline, .look = std::move(look)});
  if (askers.size() == 1) ask(host, deadline);
}

void SharedLookup::ask(const std::string& host, TimePoint deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  net::lookup(loop_, host, std::max(left, 1ms),
              [this, host, deadline](const net::Found& found) { tell(host, deadline, found); });
}

// That the first one's time is over is an answer to those alone whose time is over as well; the others ask once more,
// together.
void SharedLookup::tell(const std::string& host, TimePoint deadline, const net::Found& found) {
  std::vector<Asker> told = std::move(askers_.extract(host).mapped());
  if (found.kind == net::Found::Kind::kNoAnswer && is_over(deadline)) {
    const auto have_time =
        std::find_if(told.begin(), told.end(), [](const Asker& asker) { return !is_over(asker.deadline); });
    std::vector<Asker> others(std::make_move_iterator(have_time), std::make_move_iterator(told.end()));
    told.erase(have_time, told.end());
    if (!others.empty()) {
      const TimePoint next = others.front().deadline;
      askers_.emplace(host, std::move(others));
      ask(host, next);
    }
  }
  for (const Asker& asker : told) asker.look(found);
}

}   // namespace capid::webhooks

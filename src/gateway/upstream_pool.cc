// SPDX-License-Identifier: Apache-2.0
#include "gateway/upstream_pool.h"

#include <utility>

namespace capid::gateway {
namespace {

// A server that closes just when the next call is sent makes that call fail, since it may have been counted: short of the
// five seconds after which the quickest of them do.
constexpr std::chrono::seconds kMostIdle{4};
constexpr size_t kMostKept = 32;

}   // namespace

std::unique_ptr<Upstream> UpstreamPool::take() {
  while (!idle_.empty()) {
    auto upstream = std::move(idle_.back().upstream);
    idle_.pop_back();
    if (upstream->is_quiet()) return upstream;
  }
  return std::make_unique<Upstream>(loop_, trust_);
}

void UpstreamPool::give_back(std::unique_ptr<Upstream> upstream) {
  if (idle_.size() < kMostKept && upstream->is_done() && upstream->is_quiet())
    idle_.push_back({std::move(upstream), std::chrono::steady_clock::now() + kMostIdle});
}

void UpstreamPool::check(TimePoint now) {
  std::erase_if(idle_, [now](const Idle& idle) { return now >= idle.until; });
}

}   // namespace capid::gateway

// SPDX-License-Identifier: Apache-2.0
#include "accounts/throttle.h"

#include <algorithm>

namespace capid::accounts {
namespace {

constexpr size_t kMostNames = 10'000;

}   // namespace

int64_t Throttle::take(const std::string& name, int64_t now_ms) {
  std::lock_guard lock(mutex_);
  if (buckets_.size() >= kMostNames && !buckets_.contains(name)) make_room(now_ms);
  Bucket& bucket = buckets_.try_emplace(name, Bucket{0, now_ms}).first->second;
  bucket.used_ms = std::max<int64_t>(0, bucket.used_ms - (now_ms - bucket.at_ms));
  bucket.at_ms = now_ms;
  const int64_t over_ms = bucket.used_ms + each_ms_ - burst_ * each_ms_;
  if (over_ms > 0) return over_ms;
  bucket.used_ms += each_ms_;
  return 0;
}

void Throttle::give_back(const std::string& name) {
  std::lock_guard lock(mutex_);
  const auto found = buckets_.find(name);
  if (found != buckets_.end()) found->second.used_ms = std::max<int64_t>(0, found->second.used_ms - each_ms_);
}

// Those that have nothing to remember any more; where all have, the half that was tried the longest ago.
void Throttle::make_room(int64_t now_ms) {
  std::erase_if(buckets_, [&](const auto& entry) { return entry.second.used_ms <= now_ms - entry.second.at_ms; });
  if (buckets_.size() < kMostNames) return;
  std::vector<int64_t> times;
  for (const auto& [name, bucket] : buckets_) times.push_back(bucket.at_ms);
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  const int64_t middle = times[times.size() / 2];
  std::erase_if(buckets_, [&](const auto& entry) { return entry.second.at_ms <= middle; });
}

}   // namespace capid::accounts

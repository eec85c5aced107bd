// SPDX-License-Identifier: Apache-2.0
// Throttle: how often something may be tried in vain, for each of many names.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace capid::accounts {

/// A token bucket for each name (RFC 2698 has the idea): `burst` tries at once, and one more with every `each_ms`. A try is taken
/// before its outcome is known, so that many at once count as well. Remembers the 10,000 names that were tried last.
class Throttle {
 public:
  Throttle(int64_t burst, int64_t each_ms) : burst_(burst), each_ms_(each_ms) {}

  /// Takes a try. 0, or how many milliseconds to wait for the next one, and nothing taken. `now_ms` never jumps.
  [[nodiscard]] int64_t take(const std::string& name, int64_t now_ms);

  /// It was not in vain: gives the try back.
  void give_back(const std::string& name);

 private:
  struct Bucket {
    int64_t used_ms = 0;   // of burst * each_ms: runs empty with time
    int64_t at_ms = 0;
  };

  void make_room(int64_t now_ms);

  const int64_t burst_;
  const int64_t each_ms_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}   // namespace capid::accounts

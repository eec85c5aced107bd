// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <chrono>
#include <ctime>

namespace capid::base {

TimeMs SystemClock::now_ms() const {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

TimeMs SystemClock::elapsed_ms() const {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return TimeMs{time.tv_sec} * 1'000 + time.tv_nsec / 1'000'000;
}

std::string to_iso8601(TimeMs time_ms) {
  const std::time_t seconds = time_ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}   // namespace capid::base

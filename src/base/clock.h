// SPDX-License-Identifier: Apache-2.0
// The wall clock, as a seam that tests replace, and the one form in which times are shown.
#pragma once

#include <cstdint>
#include <string>

namespace capid::base {

/// Milliseconds since 1970 in UTC: how times are kept everywhere.
using TimeMs = int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimeMs now_ms() const = 0;

  /// Milliseconds since some moment, asleep or awake. Nobody sets it: where it and now_ms() part, the clock was set.
  [[nodiscard]] virtual TimeMs elapsed_ms() const = 0;
};

/// The machine's clock. It may jump; nothing that must not be early or late may hang on it alone.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const override;
  [[nodiscard]] TimeMs elapsed_ms() const override;
};

/// ISO 8601 UTC to the second, e.g. 2026-04-27T07:01:11Z.
[[nodiscard]] std::string to_iso8601(TimeMs time_ms);

}   // namespace capid::base

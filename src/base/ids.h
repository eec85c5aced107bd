// SPDX-License-Identifier: Apache-2.0
// UUIDs of version 7 (RFC 9562): time first, so that they sort in the order in which they were issued.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace capid::base {

/// Whether `text` is a UUID in its canonical lower-case form.
[[nodiscard]] bool is_uuid(std::string_view text);

/// Sorts before every id that was issued at that time or later, and after all that were before.
[[nodiscard]] std::string first_id_at(TimeMs time);

/// Makes ids that only ever grow, also when the clock jumps back or many are made in one millisecond. Not thread-safe:
/// it belongs to one thread, the store's writer.
class IdSequence {
 public:
  explicit IdSequence(const Clock& clock) : clock_(clock) {}

  /// From here on ids are larger than `id`, which need not be one of ours.
  void continue_after(std::string_view id);

  [[nodiscard]] std::string next();

 private:
  const Clock& clock_;
  uint64_t last_ms_ = 0;   ///< 48 bits
  uint32_t counter_ = 0;   ///< 12 bits, counts within one millisecond
};

}   // namespace capid::base

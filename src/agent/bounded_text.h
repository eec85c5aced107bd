// SPDX-License-Identifier: Apache-2.0
// A text of any length, of which the head and the tail are kept: what a model is shown of a long output.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace capid::agent {

class BoundedText {
 public:
  static constexpr size_t kMost = size_t{32} << 10;   ///< bytes; half of them at each end

  void add(std::string_view bytes);

  /// UTF-8. Between the ends it says how much is left out.
  [[nodiscard]] std::string text() const;

 private:
  std::string head_;
  std::string tail_;   // of what did not fit into the head; at most twice as long as what is shown
  int64_t total_ = 0;
};

[[nodiscard]] std::string bounded(std::string_view text);

}   // namespace capid::agent

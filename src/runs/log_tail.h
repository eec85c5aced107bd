// SPDX-License-Identifier: Apache-2.0
// What an agent says on stderr, on its way into the thread: whole lines go out now and then, the last lines are kept.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace capid::runs {

class LogTail {
 public:
  void add(std::string_view bytes);

  /// The whole lines that came since the last call (or everything, where a line grows too long to wait for its end).
  [[nodiscard]] std::string take_lines();

  /// All that was not taken yet.
  [[nodiscard]] std::string take_rest();

  /// The last 2 KiB or fewer, beginning with a whole line where there is one: for an error message.
  [[nodiscard]] std::string tail() const;

 private:
  mutable std::mutex mutex_;
  std::string waiting_;
  std::string tail_;
};

}   // namespace capid::runs

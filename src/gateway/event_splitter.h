// SPDX-License-Identifier: Apache-2.0
// A stream of Server-Sent Events, cut into whole events that can be passed on byte by byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace capid::gateway {

struct RawEvent {
  std::string text;   ///< as it came, with the empty line at its end
  std::string data;   ///< its data lines, joined; empty where it has none, as a comment
};

class EventSplitter {
 public:
  /// A larger event is none that a model sends.
  static constexpr size_t kMost = size_t{16} << 20;

  void feed(std::string_view bytes);

  /// The next whole event, if there is one.
  [[nodiscard]] std::optional<RawEvent> next();

  /// Whether what came ends within an event.
  [[nodiscard]] bool has_rest() const { return begin_ < buffer_.size(); }

  [[nodiscard]] bool is_too_large() const { return buffer_.size() - begin_ > kMost; }

 private:
  std::string buffer_;
  size_t begin_ = 0;   // of the event that comes next
  size_t line_ = 0;    // of the first line that was not looked at
  std::string data_;   // of that event's lines so far
};

}   // namespace capid::gateway

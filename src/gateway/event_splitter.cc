// SPDX-License-Identifier: Apache-2.0
#include "gateway/event_splitter.h"

#include <utility>

namespace capid::gateway {
namespace {

// What follows `data:`, or nothing where the line is another.
std::optional<std::string_view> data_of(std::string_view line) {
  constexpr std::string_view kData = "data:";
  if (!line.starts_with(kData)) return std::nullopt;
  line.remove_prefix(kData.size());
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

}   // namespace

// What was given out is dropped once it is the larger part, so that no byte is moved often.
void EventSplitter::feed(std::string_view bytes) {
  if (begin_ > buffer_.size() / 2) {
    buffer_.erase(0, begin_);
    line_ -= begin_;
    begin_ = 0;
  }
  buffer_.append(bytes);
}

// Lines end with LF or CR LF. A CR alone ends none, though the standard lets it: no model's server sends it.
std::optional<RawEvent> EventSplitter::next() {
  for (size_t end = buffer_.find('\n', line_); end != std::string::npos; end = buffer_.find('\n', line_)) {
    std::string_view line = std::string_view(buffer_).substr(line_, end - line_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line_ = end + 1;
    if (line.empty()) {
      RawEvent event{.text = buffer_.substr(begin_, line_ - begin_), .data = std::exchange(data_, {})};
      begin_ = line_;
      return event;
    }
    if (const auto data = data_of(line)) {
      if (!data_.empty()) data_ += '\n';
      data_ += *data;
    }
  }
  return std::nullopt;
}

}   // namespace capid::gateway

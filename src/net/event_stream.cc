// SPDX-License-Identifier: Apache-2.0
#include "net/event_stream.h"

namespace capid::net {

// A line ends with \n, \r\n or \r; an event ends with an empty line; what is not data or id is passed over.
bool EventStream::feed(std::string_view bytes) {
  for (const char c : bytes) {
    const bool second_half = c == '\n' && after_return_;
    after_return_ = c == '\r';
    if (second_half) continue;
    if (c == '\n' || c == '\r') {
      end_line();
    } else {
      line_ += c;
    }
    if (line_.size() + event_.data.size() > kMost) return false;
  }
  return true;
}

void EventStream::end_line() {
  const std::string line = std::move(line_);
  line_.clear();
  if (line.empty()) {
    if (has_data_) take_(event_);
    event_.data.clear();
    has_data_ = false;
    return;
  }
  const size_t colon = line.find(':');
  const std::string name = line.substr(0, colon);
  std::string value = colon == std::string::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.erase(0, 1);
  if (name == "id") event_.id = value;
  if (name != "data") return;
  if (has_data_) event_.data += '\n';
  event_.data += value;
  has_data_ = true;
}

}   // namespace capid::net

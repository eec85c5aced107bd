// SPDX-License-Identifier: Apache-2.0
// Server-Sent Events as they arrive, cut anywhere.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace capid::net {

struct ServerEvent {
  std::string id;   ///< of this event, else of the last that had one
  std::string data;
};

class EventStream {
 public:
  /// A line, and an event, may have this many bytes; larger ones mean that the other side does not speak our language.
  static constexpr size_t kMost = size_t{16} << 20;

  using Take = std::function<void(const ServerEvent&)>;

  explicit EventStream(Take take) : take_(std::move(take)) {}

  /// False: a line or an event is larger than kMost.
  [[nodiscard]] bool feed(std::string_view bytes);

 private:
  void end_line();

  Take take_;
  std::string line_;
  ServerEvent event_;
  bool has_data_ = false;
  bool after_return_ = false;
};

}   // namespace capid::net

// SPDX-License-Identifier: Apache-2.0
// The log: one line an event on stderr, with its ids as fields; where stderr is systemd's journal, as JSON. No secret may ever be
// handed to it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace capid::base::log {

struct Field {
  std::string_view name;
  std::string value;
};

using Fields = std::initializer_list<Field>;

/// Whether each line is JSON. Nothing else should then be written to stderr.
[[nodiscard]] bool is_json();

void info(std::string_view event, Fields fields = {});
void warn(std::string_view event, Fields fields = {});
void error(std::string_view event, Fields fields = {});

}   // namespace capid::base::log

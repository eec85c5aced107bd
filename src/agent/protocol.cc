// SPDX-License-Identifier: Apache-2.0
#include "agent/protocol.h"

namespace capid::agent {

std::unique_ptr<Protocol> make_protocol(std::string_view name) {
  if (name == "chat_completions") return make_chat_completions();
  if (name == "responses") return make_responses();
  if (name == "messages") return make_messages();
  return nullptr;
}

std::string data_url(const Media& media) { return "data:" + media.type + ";base64," + media.base64; }

OrderedJson arguments_object(const std::string& arguments) {
  const auto parsed = base::parse_json(arguments);
  return parsed && parsed->is_object() ? OrderedJson(*parsed) : OrderedJson::object();
}

}   // namespace capid::agent

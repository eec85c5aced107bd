// SPDX-License-Identifier: Apache-2.0
#include "agent/teller.h"

#include "agent/protocol.h"
#include "base/fd.h"

namespace capid::agent {
namespace {

constexpr size_t kMuch = size_t{32} << 20;
constexpr size_t kShort = 200;

}   // namespace

void Teller::prompt(const std::string& text) { tell({{"type", "prompt"}, {"text", text}}); }

void Teller::thinking(const std::string& text) {
  if (!text.empty()) tell({{"type", "thinking"}, {"text", text}});
}

void Teller::message(const std::string& text) {
  if (!text.empty()) tell({{"type", "message"}, {"text", text}});
}

// Arguments that are no object are shown as they were written.
void Teller::call(const ToolCall& call) {
  const auto parsed = base::parse_json(call.arguments);
  tell({{"type", "tool_call"},
        {"id", call.id},
        {"name", call.name},
        {"input", parsed && parsed->is_object() ? OrderedJson(*parsed) : OrderedJson(call.arguments)}});
}

void Teller::result_of(const ToolResult& result) {
  const std::string_view output = is_talkative() ? std::string_view(result.output).substr(0, kShort) : result.output;
  tell({{"type", "tool_result"}, {"id", result.id}, {"output", output}, {"isError", result.is_error}});
}

// The thread keeps so much, and no more of a run is read than twice as much: its result is the last of it.
bool Teller::is_talkative() {
  std::lock_guard lock(mutex_);
  return told_ > kMuch;
}

void Teller::log(const std::string& text) { tell({{"type", "log"}, {"text", text + "\n"}}); }

void Teller::result(const std::string& text) { tell({{"type", "result"}, {"text", text}}); }

void Teller::failure(const Error& error) {
  tell({{"type", "failure"}, {"code", std::string(base::to_string(error.code))}, {"message", error.message}});
}

void Teller::tell(const OrderedJson& event) {
  const std::string line = base::dump(event) + "\n";
  std::lock_guard lock(mutex_);
  told_ += line.size();
  (void)base::write_all(descriptor_, line);
}

}   // namespace capid::agent

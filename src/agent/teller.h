// SPDX-License-Identifier: Apache-2.0
// Tells the thread, in capid's own language of events, what the agent and its model do.
#pragma once

#include <mutex>
#include <string>

#include "agent/conversation.h"
#include "base/result.h"

namespace capid::agent {

/// Callable from any thread. What cannot be written any more is nobody's to hear.
class Teller {
 public:
  explicit Teller(int descriptor) : descriptor_(descriptor) {}

  void prompt(const std::string& text);
  void thinking(const std::string& text);
  void message(const std::string& text);
  void call(const ToolCall& call);
  void result_of(const ToolResult& result);
  void log(const std::string& text);

  /// The end of the run, one or the other.
  void result(const std::string& text);
  void failure(const Error& error);

 private:
  void tell(const OrderedJson& event);
  [[nodiscard]] bool is_talkative();

  const int descriptor_;
  std::mutex mutex_;
  size_t told_ = 0;   // bytes
};

}   // namespace capid::agent

// SPDX-License-Identifier: Apache-2.0
// The protocols in which models are spoken to: how a conversation is written, and how a streamed answer is read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/conversation.h"

namespace capid::agent {

/// Takes an answer event by event.
class AnswerReader {
 public:
  virtual ~AnswerReader() = default;

  virtual void take(const Json& event) = 0;

  /// What was taken so far. is_whole() says whether that is all of it.
  [[nodiscard]] virtual Answer answer() = 0;
  [[nodiscard]] bool is_whole() const { return is_whole_; }

 protected:
  bool is_whole_ = false;
};

class Protocol {
 public:
  virtual ~Protocol() = default;

  [[nodiscard]] virtual std::string path() const = 0;
  [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>> headers() const { return {}; }

  /// The body that asks for a streamed answer.
  [[nodiscard]] virtual OrderedJson request(const Conversation& conversation) const = 0;
  [[nodiscard]] virtual std::unique_ptr<AnswerReader> reader() const = 0;
};

/// `name` is as in capid's config: chat_completions, responses or messages. Null for any other.
[[nodiscard]] std::unique_ptr<Protocol> make_protocol(std::string_view name);

// One file each.
[[nodiscard]] std::unique_ptr<Protocol> make_chat_completions();
[[nodiscard]] std::unique_ptr<Protocol> make_responses();
[[nodiscard]] std::unique_ptr<Protocol> make_messages();

/// For the protocols: a picture as a URL that holds it.
[[nodiscard]] std::string data_url(const Media& media);

/// What a model wrote as arguments, as an object; an empty one where it is none.
[[nodiscard]] OrderedJson arguments_object(const std::string& arguments);

}   // namespace capid::agent

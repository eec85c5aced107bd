// SPDX-License-Identifier: Apache-2.0
// What a model's answer says of the tokens that it took, whole or event by event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "credits/prices.h"
#include "gateway/protocol.h"

namespace capid::gateway {

class Answer {
 public:
  /// `question_bytes` is the size of what was asked, from which the tokens are guessed where the answer tells of none.
  Answer(Protocol protocol, size_t question_bytes) : protocol_(protocol), question_bytes_(question_bytes) {}

  /// The whole answer, not streamed. Errors: kModelError where it is not JSON.
  [[nodiscard]] Result<void> take_body(std::string_view body);

  /// The next event's data. Errors: kModelError where it is not JSON, and where it tells of an error of the model's.
  [[nodiscard]] Result<void> take_event(std::string_view data);

  /// So much of an answer came that cannot be read: its tokens are guessed.
  void take_lost(size_t bytes);

  /// Whether the last event says that the answer is whole.
  [[nodiscard]] bool is_whole() const { return is_whole_; }

  /// Whether the last event told of usage and nothing else.
  [[nodiscard]] bool was_usage_alone() const { return was_usage_alone_; }

  /// The model's own count, or a guess (a token is about four bytes) of what it left open.
  [[nodiscard]] credits::Tokens tokens() const;
  [[nodiscard]] bool is_guess() const { return !input_ || !output_; }

  /// That the model failed, as a whole answer of Responses can say.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  void take_chat(const Json& event);
  void take_response(const Json& event);
  void take_message(const Json& event);
  void take_end(const Json& response, bool has_failed);
  void take_usage(const Json& told);
  void count_text(const Json& text);

  Protocol protocol_;
  size_t question_bytes_;
  std::optional<int64_t> input_;
  std::optional<int64_t> output_;   // what is known for good
  int64_t cached_ = 0;
  int64_t created_ = 0;   // in the cache, of Messages
  int64_t text_bytes_ = 0;
  std::optional<Error> failure_;
  bool is_whole_ = false;
  bool was_usage_alone_ = false;
};

}   // namespace capid::gateway

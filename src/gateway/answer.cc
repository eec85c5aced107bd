// SPDX-License-Identifier: Apache-2.0
#include "gateway/answer.h"

#include <algorithm>

#include "base/text.h"

namespace capid::gateway {
namespace {

using base::member;
using base::text_of;

constexpr int64_t kBytesPerToken = 4;
constexpr int64_t kMostTokens = 1'000'000'000;   // more is no count

Error garbage() { return {Code::kModelError, "the model's server answered with something that is not JSON"}; }

std::optional<int64_t> count(const Json& value) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() > static_cast<uint64_t>(kMostTokens)) return std::nullopt;
  return value.get<int64_t>();
}

int64_t tokens_in(int64_t bytes) { return (bytes + kBytesPerToken - 1) / kBytesPerToken; }

// What a provider says of an error, wherever its protocol puts it.
Error error_of(const Json& event) {
  const Json& error = member(event, "error").is_object() ? event["error"] : event;
  const std::string_view message = text_of(member(error, "message"));
  return {Code::kModelError, "the model's server broke off: " +
                                 (message.empty() ? "it gave no reason" : base::to_utf8(message.substr(0, 500)))};
}

// Of Messages: what a compaction of the context took stands in the list of iterations alone, which has the rest as well.
Json with_iterations(const Json& usage) {
  Json all = usage;
  for (const char* name : {"input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens"}) {
    int64_t sum = 0;
    for (const Json& iteration : member(usage, "iterations")) sum += count(member(iteration, name)).value_or(0);
    if (sum > count(member(usage, name)).value_or(0)) all[name] = static_cast<uint64_t>(sum);
  }
  return all;
}

}   // namespace

Result<void> Answer::take_body(std::string_view body) {
  const Json answer = Json::parse(body, nullptr, false);
  if (!answer.is_object()) return garbage();
  if (protocol_ == Protocol::kResponses) {
    take_end(answer, text_of(member(answer, "status")) == "failed");
  } else {
    take_usage(member(answer, "usage"));
  }
  text_bytes_ = static_cast<int64_t>(body.size());
  is_whole_ = true;
  return {};
}

Result<void> Answer::take_event(std::string_view data) {
  was_usage_alone_ = false;
  if (data.empty()) return {};
  if (data == "[DONE]") {
    is_whole_ = true;
    return {};
  }
  const Json event = Json::parse(data, nullptr, false);
  if (!event.is_object()) return garbage();
  if (text_of(member(event, "type")) == "error" || member(event, "error").is_object()) return error_of(event);
  switch (protocol_) {
    case Protocol::kChatCompletions:
      take_chat(event);
      break;
    case Protocol::kResponses:
      take_response(event);
      break;
    case Protocol::kMessages:
      take_message(event);
      break;
  }
  return {};
}

void Answer::take_chat(const Json& event) {
  const Json& choices = member(event, "choices");
  for (const Json& choice : choices) {
    const Json& delta = member(choice, "delta");
    for (const char* name : {"content", "reasoning_content", "reasoning", "refusal"}) count_text(member(delta, name));
    count_text(member(member(delta, "function_call"), "arguments"));
    for (const Json& call : member(delta, "tool_calls")) count_text(member(member(call, "function"), "arguments"));
  }
  const Json& usage = member(event, "usage");
  was_usage_alone_ = usage.is_object() && choices.empty();
  take_usage(usage);
}

void Answer::take_response(const Json& event) {
  const std::string_view type = text_of(member(event, "type"));
  if (type.ends_with(".delta")) count_text(member(event, "delta"));
  is_whole_ = type == "response.completed" || type == "response.incomplete" || type == "response.failed";
  if (is_whole_) take_end(member(event, "response"), type == "response.failed");
}

void Answer::take_end(const Json& response, bool has_failed) {
  take_usage(member(response, "usage"));
  if (has_failed) failure_ = error_of(response);
}

// The first event counts what was asked, the last but one what was answered; in between the count of the answer is only
// that of its beginning.
void Answer::take_message(const Json& event) {
  const std::string_view type = text_of(member(event, "type"));
  const Json& delta = member(event, "delta");
  if (type == "message_start") {
    take_usage(member(member(event, "message"), "usage"));
    output_.reset();
  }
  if (type == "content_block_delta")
    for (const char* name : {"text", "partial_json", "thinking"}) count_text(member(delta, name));
  if (type == "message_delta") take_usage(member(event, "usage"));
  is_whole_ = type == "message_stop";
}

// The three protocols' names for the same. Messages leaves what came from a cache, or went into it, out of the input.
void Answer::take_usage(const Json& told) {
  const bool has_parts = protocol_ == Protocol::kMessages && member(told, "iterations").is_array();
  const Json usage = has_parts ? with_iterations(told) : told;
  const auto named = [&](const char* one, const char* other) {
    const auto found = count(member(usage, one));
    return found ? found : count(member(usage, other));
  };
  if (protocol_ == Protocol::kMessages) {
    if (const auto input = count(member(usage, "input_tokens"))) {
      const int64_t cached = count(member(usage, "cache_read_input_tokens")).value_or(cached_);
      const int64_t created = count(member(usage, "cache_creation_input_tokens")).value_or(created_);
      const int64_t all = *input + cached + created;
      if (all >= input_.value_or(0)) {   // some tell it a second time, as nothing
        input_ = all;
        cached_ = cached;
        created_ = created;
      }
    }
  } else if (const auto input = named("input_tokens", "prompt_tokens")) {
    const Json& details =
        member(usage, protocol_ == Protocol::kResponses ? "input_tokens_details" : "prompt_tokens_details");
    input_ = input;
    cached_ = std::min(count(member(details, "cached_tokens")).value_or(0), *input);
  }
  if (const auto output = named("output_tokens", "completion_tokens")) output_ = output;
  // Some count what a model thinks in the total alone.
  if (const auto total = count(member(usage, "total_tokens")); total && input_ && output_)
    output_ = std::max(*output_, *total - *input_);
}

void Answer::take_lost(size_t bytes) { text_bytes_ += static_cast<int64_t>(bytes); }

void Answer::count_text(const Json& text) { text_bytes_ += static_cast<int64_t>(text_of(text).size()); }

credits::Tokens Answer::tokens() const {
  const int64_t guessed_input = tokens_in(static_cast<int64_t>(question_bytes_));
  return {
      .input = input_.value_or(guessed_input), .cached = cached_, .output = output_.value_or(tokens_in(text_bytes_))};
}

}   // namespace capid::gateway

// SPDX-License-Identifier: Apache-2.0
#include "gateway/answer.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::gateway;

namespace {

// input/cached/output, "guess" where it is one, "whole" where the last event says so; or the error.
std::string show(const Answer& answer) {
  const credits::Tokens tokens = answer.tokens();
  return std::to_string(tokens.input) + "/" + std::to_string(tokens.cached) + "/" + std::to_string(tokens.output) +
         (answer.is_guess() ? " guess" : "") + (answer.is_whole() ? " whole" : "");
}

std::string whole(Protocol protocol, const std::string& body) {
  Answer answer(protocol, 40);
  const auto taken = answer.take_body(body);
  return taken ? show(answer) : taken.error().message;
}

std::string streamed(Protocol protocol, const std::vector<std::string>& events) {
  Answer answer(protocol, 40);
  for (const std::string& event : events) {
    if (const auto taken = answer.take_event(event); !taken) return taken.error().message;
  }
  return show(answer);
}

}   // namespace

TEST_CASE("a response that says that it failed is paid for like any other, and is a failure") {
  const char* failed =
      R"({"status":"failed","error":{"code":"x","message":"no"},"usage":{"input_tokens":7,"output_tokens":3}})";
  Answer answer(Protocol::kResponses, 40);
  REQUIRE(answer.take_body(failed));
  CHECK(show(answer) == "7/0/3 whole");
  REQUIRE(answer.failure());
  CHECK(answer.failure()->message == "the model's server broke off: no");
  Answer stream(Protocol::kResponses, 40);
  REQUIRE(stream.take_event(std::string(R"({"type":"response.failed","response":)") + failed + "}"));
  CHECK(show(stream) == "7/0/3 whole");
  REQUIRE(stream.failure());
  Answer good(Protocol::kResponses, 40);
  REQUIRE(good.take_body(R"({"status":"completed","error":null,"usage":{}})"));
  CHECK(!good.failure());
}

TEST_CASE("an answer's own count, whole") {
  CHECK(whole(Protocol::kChatCompletions,
              R"({"usage":{"prompt_tokens":7,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":2}}})") ==
        "7/2/3 whole");
  CHECK(whole(Protocol::kResponses,
              R"({"usage":{"input_tokens":7,"output_tokens":3,"input_tokens_details":{"cached_tokens":2}}})") ==
        "7/2/3 whole");
  CHECK(
      whole(
          Protocol::kMessages,
          R"({"usage":{"input_tokens":7,"output_tokens":3,"cache_read_input_tokens":2,"cache_creation_input_tokens":5}})") ==
      "14/2/3 whole");
}

TEST_CASE("a count that is none is not believed, and an answer without one is guessed at") {
  CHECK(whole(Protocol::kChatCompletions, R"({"x":"123456789"})") == "10/0/5 guess whole");
  for (const char* count : {"-1", "1.5", "\"7\"", "null", "1e3", "1000000001", "99999999999999999999"}) {
    CAPTURE(count);
    CHECK(whole(Protocol::kResponses, std::string(R"({"usage":{"input_tokens":)") + count + R"(,"output_tokens":3}})")
              .starts_with("10/0/3 guess"));
  }
  CHECK(whole(Protocol::kResponses,
              R"({"usage":{"input_tokens":7,"output_tokens":3,"input_tokens_details":{"cached_tokens":9}}})") ==
        "7/7/3 whole");
  for (const char* body : {"", "x", "[]", "null", "{", "<html>"})
    CHECK(whole(Protocol::kMessages, body) == "the model's server answered with something that is not JSON");
}

TEST_CASE("what stands in the total, or in a list of parts alone, is counted as well") {
  CHECK(whole(Protocol::kChatCompletions,
              R"({"usage":{"prompt_tokens":12,"completion_tokens":1,"total_tokens":399}})") == "12/0/387 whole");
  CHECK(whole(Protocol::kResponses, R"({"usage":{"input_tokens":12,"output_tokens":20,"total_tokens":32}})") ==
        "12/0/20 whole");
  CHECK(whole(Protocol::kMessages,
              R"({"usage":{"input_tokens":23,"output_tokens":1,"iterations":[
                  {"type":"compaction","input_tokens":180,"output_tokens":3},
                  {"type":"message","input_tokens":23,"cache_read_input_tokens":4,"output_tokens":1}]}})") ==
        "207/4/4 whole");
  CHECK(whole(Protocol::kMessages, R"({"usage":{"input_tokens":23,"output_tokens":1,"iterations":[]}})") ==
        "23/0/1 whole");
}

TEST_CASE("what is told a second time as nothing stays what it was, cached tokens too") {
  CHECK(
      streamed(
          Protocol::kMessages,
          {R"({"type":"message_start","message":{"usage":{"input_tokens":10,"cache_read_input_tokens":1000}}})",
           R"({"type":"message_delta","usage":{"input_tokens":0,"cache_read_input_tokens":0,"output_tokens":30}})"}) ==
      "1010/1000/30");
}

TEST_CASE("a refusal and an old function's arguments are words, too") {
  CHECK(streamed(Protocol::kChatCompletions, {R"({"choices":[{"delta":{"refusal":"12345678"}}]})",
                                              R"({"choices":[{"delta":{"function_call":{"arguments":"1234"}}}]})"}) ==
        "10/0/3 guess");
}

TEST_CASE("a stream of chat completions") {
  const std::string text = R"({"choices":[{"delta":{"content":"12345"}}],"usage":null})";
  const std::string tool =
      R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"x","arguments":"1234567"}}]}}]})";
  const std::string usage = R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}})";
  CHECK(streamed(Protocol::kChatCompletions, {text, tool, ""}) == "10/0/3 guess");
  CHECK(streamed(Protocol::kChatCompletions, {text, usage}) == "7/0/3");
  CHECK(streamed(Protocol::kChatCompletions, {text, usage, "[DONE]"}) == "7/0/3 whole");
  Answer answer(Protocol::kChatCompletions, 40);
  REQUIRE(answer.take_event(text));
  CHECK_FALSE(answer.was_usage_alone());
  REQUIRE(answer.take_event(usage));
  CHECK(answer.was_usage_alone());
  REQUIRE(answer.take_event("[DONE]"));
  CHECK_FALSE(answer.was_usage_alone());
}

TEST_CASE("a stream of Responses") {
  const std::string delta = R"({"type":"response.output_text.delta","delta":"12345678"})";
  CHECK(streamed(Protocol::kResponses, {R"({"type":"response.created","response":{"usage":null}})", delta}) ==
        "10/0/2 guess");
  for (const char* end : {"completed", "incomplete", "failed"}) {
    const std::string last = std::string(R"({"type":"response.)") + end +
                             R"(","response":{"error":null,"usage":{"input_tokens":7,"output_tokens":3}}})";
    CHECK(streamed(Protocol::kResponses, {delta, last}) == "7/0/3 whole");
  }
}

TEST_CASE("a stream of Messages counts its input at once and its output at the end") {
  const std::string start =
      R"({"type":"message_start","message":{"usage":{"input_tokens":7,"cache_read_input_tokens":4,"output_tokens":1}}})";
  const std::string text = R"({"type":"content_block_delta","delta":{"type":"text_delta","text":"12345678"}})";
  const std::string input = R"({"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"1"}})";
  const std::string thinking = R"({"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"123"}})";
  const std::string end = R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":30}})";
  CHECK(streamed(Protocol::kMessages, {start}) == "11/4/0 guess");
  CHECK(streamed(Protocol::kMessages, {start, R"({"type":"ping"})", text, input, thinking}) == "11/4/3 guess");
  CHECK(streamed(Protocol::kMessages, {start, text, end}) == "11/4/30");
  CHECK(streamed(Protocol::kMessages, {start, text, end, R"({"type":"message_stop"})"}) == "11/4/30 whole");
}

TEST_CASE("an error within a stream, and what is no event, are told as such") {
  const std::string broke_off = "the model's server broke off: too busy";
  CHECK(streamed(Protocol::kMessages,
                 {R"({"type":"error","error":{"type":"overloaded_error","message":"too busy"}})"}) == broke_off);
  CHECK(streamed(Protocol::kChatCompletions, {R"({"error":{"message":"too busy"}})"}) == broke_off);
  CHECK(streamed(Protocol::kResponses, {R"({"type":"error","code":"x","message":"too busy"})"}) == broke_off);
  for (const auto protocol : {Protocol::kChatCompletions, Protocol::kResponses, Protocol::kMessages}) {
    for (const char* data : {"x", "[1]", "\"text\"", "{", "nul"})
      CHECK(streamed(protocol, {data}) == "the model's server answered with something that is not JSON");
    for (const char* odd : {"{}", R"({"type":7,"choices":7,"usage":[],"delta":1,"message":"x"})",
                            R"({"choices":[1,{"delta":{"tool_calls":{"a":1}}}]})"})
      CHECK(streamed(protocol, {odd}).ends_with("guess"));
  }
}

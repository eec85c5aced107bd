// SPDX-License-Identifier: Apache-2.0
#include "agent/protocol.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::agent;

namespace {

// Everything that a conversation can hold.
Conversation full(const OrderedJson& own) {
  return {.model = "m",
          .system = "s",
          .tools = {{.name = "t", .description = "d", .parameters = {{"type", "object"}}}},
          .turns = {{.text = "ask", .media = {{.name = "a.png", .type = "image/png", .base64 = "AA=="}}},
                    {.speaker = Turn::Speaker::kModel, .text = "earlier"},
                    {.text = "go"},
                    {.speaker = Turn::Speaker::kModel, .text = "calls", .own = own},
                    {.results = {{.id = "1", .output = "out", .is_error = true}}}}};
}

std::string request(const char* protocol, const OrderedJson& own) {
  return make_protocol(protocol)->request(full(own)).dump();
}

struct Read {
  Answer answer;
  bool is_whole;
};

Read read(const char* protocol, const std::vector<const char*>& events) {
  const auto reader = make_protocol(protocol)->reader();
  for (const char* event : events) reader->take(Json::parse(event));
  return {reader->answer(), reader->is_whole()};
}

}   // namespace

TEST_CASE("how a conversation is written in Chat Completions") {
  CHECK(
      request("chat_completions", {{"role", "assistant"}, {"content", "own"}}) ==
      R"({"model":"m","stream":true,"messages":[{"role":"system","content":"s"},)"
      R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}},{"type":"text","text":"ask"}]},)"
      R"({"role":"assistant","content":"earlier"},{"role":"user","content":"go"},{"role":"assistant","content":"own"},)"
      R"({"role":"tool","tool_call_id":"1","content":"out"}],)"
      R"("tools":[{"type":"function","function":{"name":"t","description":"d","parameters":{"type":"object"}}}]})");
}

TEST_CASE("how a conversation is written in Responses") {
  CHECK(
      request("responses", OrderedJson::array({{{"type", "function_call"}}})) ==
      R"({"model":"m","stream":true,"store":false,"instructions":"s","input":[)"
      R"({"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,AA=="},{"type":"input_text","text":"ask"}]},)"
      R"({"role":"assistant","content":"earlier"},{"role":"user","content":[{"type":"input_text","text":"go"}]},)"
      R"({"type":"function_call"},{"type":"function_call_output","call_id":"1","output":"out"}],)"
      R"("tools":[{"type":"function","name":"t","description":"d","parameters":{"type":"object"},"strict":false}]})");
}

TEST_CASE("how a conversation is written in Messages") {
  CHECK(
      request("messages", OrderedJson::array({{{"type", "tool_use"}}})) ==
      R"({"model":"m","stream":true,"max_tokens":8192,"messages":[)"
      R"({"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}},{"type":"text","text":"ask"}]},)"
      R"({"role":"assistant","content":"earlier"},{"role":"user","content":[{"type":"text","text":"go"}]},)"
      R"({"role":"assistant","content":[{"type":"tool_use"}]},)"
      R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":"out","is_error":true,"cache_control":{"type":"ephemeral"}}]}],)"
      R"("system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],)"
      R"("tools":[{"name":"t","description":"d","input_schema":{"type":"object"}}]})");
}

TEST_CASE("an answer of Chat Completions, piece by piece") {
  const auto [answer, is_whole] = read(
      "chat_completions",
      {R"({"choices":[{"delta":{"role":"assistant","content":"He"}}]})",
       R"({"choices":[{"delta":{"reasoning_content":"hm"}}]})", R"({"choices":[{"delta":{"content":"llo"}}]})",
       R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"t","arguments":"{\"x\""}},{"index":1,"id":"b","function":{"name":"u","arguments":""}}]}}]})",
       R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]})",
       R"({"choices":[{"delta":{},"finish_reason":"tool_calls"}]})", R"({"choices":[],"usage":{}})"});
  CHECK(is_whole);
  CHECK(answer.text == "Hello");
  CHECK(answer.thinking == "hm");
  REQUIRE(answer.calls.size() == 2);
  CHECK(answer.calls[0].id + answer.calls[0].name + answer.calls[0].arguments == R"(at{"x":1})");
  CHECK(
      answer.own.dump() ==
      R"({"role":"assistant","content":"Hello","reasoning_content":"hm","tool_calls":[{"id":"a","type":"function","function":{"name":"t","arguments":"{\"x\":1}"}},)"
      R"({"id":"b","type":"function","function":{"name":"u","arguments":"{}"}}]})");
  CHECK(
      read("chat_completions", {R"({"choices":[{"delta":{"content":"x"},"finish_reason":"length"}]})"}).answer.is_cut);
  CHECK_FALSE(read("chat_completions", {R"({"choices":[{"delta":{"content":"x"}}]})"}).is_whole);
  CHECK(read("chat_completions", {R"({"choices":[{"delta":{},"finish_reason":"content_filter"}]})"}).answer.refusal !=
        "");
}

TEST_CASE("what some servers of Chat Completions do otherwise") {
  const Answer alike =
      read(
          "chat_completions",
          {R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"t","arguments":"{}"}}]}}]})",
           R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"b","function":{"name":"u","arguments":"{\"x\":1}"}}]}}]})"})
          .answer;   // every call has the same index
  REQUIRE(alike.calls.size() == 2);
  CHECK(alike.calls[1].id + alike.calls[1].name + alike.calls[1].arguments == R"(bu{"x":1})");
  const Answer wants_back =
      read(
          "chat_completions",
          {R"({"choices":[{"delta":{"reasoning_content":"hm","tool_calls":[{"index":0,"id":"a","extra_content":{"g":{"s":"x"}},"function":{"name":"t","arguments":"{}"}}]}}]})"})
          .answer;
  CHECK(wants_back.own["reasoning_content"] == "hm");
  CHECK(wants_back.own["tool_calls"][0]["extra_content"].dump() == R"({"g":{"s":"x"}})");
}

TEST_CASE("an answer of Responses, item by item, or all at its end") {
  const char* text = R"({"type":"message","content":[{"type":"output_text","text":"Hi"}]})";
  const char* call = R"({"type":"function_call","call_id":"c","name":"t","arguments":"{\"x\":1}"})";
  const std::string done = R"({"type":"response.output_item.done","item":)";
  const std::string end =
      std::string(R"({"type":"response.completed","response":{"output":[)") + text + "," + call + "]}}";
  for (const auto& [answer, is_whole] :
       {read("responses", {(done + text + "}").c_str(), (done + call + "}").c_str(), end.c_str()}),
        read("responses", {end.c_str()})}) {
    CHECK(is_whole);
    CHECK(answer.text == "Hi");
    REQUIRE(answer.calls.size() == 1);
    CHECK(
        answer.own.dump() ==
        R"([{"role":"assistant","content":"Hi"},{"type":"function_call","call_id":"c","name":"t","arguments":"{\"x\":1}"}])");
  }
  CHECK(read("responses", {R"({"type":"response.incomplete","response":{"output":[]}})"}).answer.is_cut);
  const char* reasons = R"({"type":"response.output_item.done","item":{"type":"reasoning","summary":[{"text":"so"}]}})";
  CHECK(read("responses", {reasons}).answer.thinking == "so");
}

TEST_CASE("an answer of Messages, block by block") {
  const auto [answer, is_whole] = read(
      "messages",
      {R"({"type":"message_start","message":{}})",
       R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig"}})",
       R"({"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"x"}})",
       R"({"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}})",
       R"({"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Hi"}})",
       R"({"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"c","name":"t","input":{}}})",
       R"({"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"x\":"}})",
       R"({"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"1}"}})",
       R"({"type":"message_delta","delta":{"stop_reason":"tool_use"}})", R"({"type":"message_stop"})"});
  CHECK(is_whole);
  CHECK(answer.text == "Hi");
  CHECK(answer.thinking == "hm");
  CHECK(
      answer.own.dump() ==
      R"([{"type":"thinking","thinking":"hm","signature":"sig"},{"data":"x","type":"redacted_thinking"},{"type":"text","text":"Hi"},)"
      R"({"type":"tool_use","id":"c","name":"t","input":{"x":1}}])");
  CHECK(read("messages", {R"({"type":"message_delta","delta":{"stop_reason":"max_tokens"}})"}).answer.is_cut);
  const Answer blank =
      read("messages", {R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":"\n\n"}})"})
          .answer;
  CHECK(blank.own.is_null());   // such a text may not be sent back
}

TEST_CASE("garbage is no answer, and does no harm") {
  for (const char* protocol : {"chat_completions", "responses", "messages"}) {
    for (const char* garbage :
         {"null", "[]", "7", R"({"choices":7,"type":[]})", R"({"choices":[{"delta":[]}],"type":"content_block_delta"})",
          R"({"type":"response.completed"})",
          R"({"type":"response.output_item.done","item":{"type":"message","content":3}})"})
      CHECK(read(protocol, {garbage}).answer.text.empty());
  }
  CHECK(make_protocol("smoke signals") == nullptr);
}
